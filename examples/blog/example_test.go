package blog_test

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/pgassay/pgassay/examples/blog"
)

// The service runs until its context is done.
func ExampleServe() {
	ctx, stop := context.WithCancel(context.Background())
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	stop()
	err = blog.Serve(ctx, blog.Config{DSN: "postgres://localhost/blog", Listener: listener})
	fmt.Println(strings.HasPrefix(err.Error(), "connect:")) // it was told to stop before it reached the database
	// Output: true
}

func ExampleStatements() {
	for _, fixed := range []bool{false, true} {
		fmt.Println(strings.Contains(blog.Statements(fixed), "WHERE post_id = ANY ($1)"))
	}
	// Output:
	// false
	// true
}
