//go:build deps

// Package deps keeps the modules that are decided on in go.mod until the code that uses them has landed.
package deps

import (
	_ "github.com/HdrHistogram/hdrhistogram-go"
	_ "github.com/brianvoe/gofakeit/v6"
	_ "github.com/fergusstrange/embedded-postgres"
	_ "github.com/goccy/go-yaml"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/pprof/driver"
	_ "github.com/google/pprof/profile"
	_ "github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/vbauerster/mpb/v8"
	_ "golang.org/x/perf/benchmath"
	_ "golang.org/x/sync/errgroup"
)
