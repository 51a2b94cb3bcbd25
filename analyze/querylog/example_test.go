package querylog_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/pgassay/pgassay/analyze/querylog"
)

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.PathValue("id")) // statements sent with r.Context() are recorded as GET /users/{id}
	})
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/users/7", nil)
	querylog.Handler(mux).ServeHTTP(httptest.NewRecorder(), request)
	// Output: 7
}
