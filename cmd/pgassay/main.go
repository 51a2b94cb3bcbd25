// Command pgassay fills, analyses and profiles PostgreSQL databases and the services that use them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := newProgram().run(ctx, os.Args)
	stop()
	os.Exit(code)
}
