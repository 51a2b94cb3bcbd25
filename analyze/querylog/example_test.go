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

// A router that is not http.ServeMux knows which of its patterns matched only when it calls the endpoint: a middleware
// behind it passes that on before the first statement.
func ExampleSetRoute() {
	matched := func(pattern string, endpoint http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			querylog.SetRoute(r.Context(), pattern)
			endpoint(w, r)
		}
	}
	user := matched("GET /users/:name", func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.URL.Path) // statements sent with r.Context() are recorded as GET /users/:name
	})
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/users/ann", nil)
	querylog.Handler(user).ServeHTTP(httptest.NewRecorder(), request)
	// Output: /users/ann
}
