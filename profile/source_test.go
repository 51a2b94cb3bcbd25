package profile

import "testing"

func TestOuterFunction(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"main.main":                    "main.main",
		"main.main.func1":              "main.main",
		"main.(*T).M.func1.2":          "main.(*T).M",
		"main.(*T).M-range1":           "main.(*T).M",
		"main.(*T).M.gowrap1":          "main.(*T).M",
		"main.(*T).M.func1.deferwrap2": "main.(*T).M",
		"main.(*T).M-fm":               "main.(*T).M",
		"main.F[...].func3":            "main.F[...]",
		"main.init.0":                  "main.init",
		"main.func1":                   "main.func1",
		"std::foo":                     "std::foo",
	} {
		if got := outerFunction(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestPackageOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"main.main":                                   "main",
		"github.com/a/b.(*T).M":                       "github.com/a/b",
		"github.com/a/b.F[github.com/x/y.T]":          "github.com/a/b",
		"gopkg.in/yaml%2ev3.Unmarshal":                "gopkg.in/yaml.v3",
		"encoding/json.Marshal":                       "encoding/json",
		"memcpy":                                      "",
		"github.com/a/b.F[go.shape.struct { x.Y }].G": "github.com/a/b",
	} {
		if got := packageOf(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestOwners: whose a function is, and how its place is written, in the ways in which programs are built.
func TestOwners(t *testing.T) {
	t.Parallel()
	type want struct {
		owner Owner
		file  string
	}
	for _, test := range []struct {
		name      string
		functions map[string]string // name to file
		want      map[string]want
	}{
		{
			"module",
			map[string]string{
				"main.main":                                "/home/me/shop/cmd/shop/main.go",
				"github.com/me/shop/store.(*DB).List":      "/home/me/shop/store/list.go",
				"github.com/jackc/pgx/v5.(*Conn).Query":    "/go/pkg/mod/github.com/jackc/pgx/v5@v5.7.0/conn.go",
				"github.com/some/thing.Do":                 "/go/pkg/mod/github.com/some/thing@v1.0.0/do.go",
				"net/http.(*conn).serve":                   "/usr/local/go/src/net/http/server.go",
				"vendor/golang.org/x/net/http2/hpack.Do":   "/usr/local/go/src/vendor/golang.org/x/net/http2/hpack/x.go",
				"runtime.mallocgc":                         "/usr/local/go/src/runtime/malloc.go",
				"internal/runtime/maps.(*Map).Get":         "/usr/local/go/src/internal/runtime/maps/map.go",
				"strings.Repeat":                           "/usr/local/go/src/strings/strings.go",
				"log/slog.Info":                            "/usr/local/go/src/log/slog/logger.go",
				"crypto/sha256.Sum256":                     "/usr/local/go/src/crypto/sha256/sha256.go",
				"crypto/tls.(*Conn).Write":                 "/usr/local/go/src/crypto/tls/conn.go",
				"github.com/pgassay/pgassay/monitor/cache": "",
				"github.com/me/shop/web.New.Handler.func3": "/home/me/shop/log/handler.go", // inlined into web.New
			},
			map[string]want{
				"main.main":                                {Application, "cmd/shop/main.go"},
				"github.com/me/shop/store.(*DB).List":      {Application, "store/list.go"},
				"github.com/me/shop/web.New.Handler.func3": {Application, "log/handler.go"},
				"github.com/jackc/pgx/v5.(*Conn).Query":    {DatabaseDriver, "github.com/jackc/pgx/v5/conn.go"},
				"github.com/some/thing.Do":                 {Modules, "github.com/some/thing/do.go"},
				"net/http.(*conn).serve":                   {HTTP, "net/http/server.go"},
				"vendor/golang.org/x/net/http2/hpack.Do":   {HTTP, "vendor/golang.org/x/net/http2/hpack/x.go"},
				"runtime.mallocgc":                         {Runtime, "runtime/malloc.go"},
				"internal/runtime/maps.(*Map).Get":         {Runtime, "internal/runtime/maps/map.go"},
				"strings.Repeat":                           {Library, "strings/strings.go"},
				"log/slog.Info":                            {Logging, "log/slog/logger.go"},
				"crypto/sha256.Sum256":                     {Library, "crypto/sha256/sha256.go"},
				"crypto/tls.(*Conn).Write":                 {TLS, "crypto/tls/conn.go"},
			},
		},
		{
			"-trimpath",
			map[string]string{
				"main.main":                           "github.com/me/shop/cmd/shop/main.go",
				"github.com/me/shop/store.(*DB).List": "github.com/me/shop/store/list.go",
				"github.com/some/thing.Do":            "github.com/some/thing@v1.0.0/do.go",
				"strings.Repeat":                      "strings/strings.go",
			},
			map[string]want{
				"main.main":                           {Application, "cmd/shop/main.go"},
				"github.com/me/shop/store.(*DB).List": {Application, "store/list.go"},
				"github.com/some/thing.Do":            {Modules, "github.com/some/thing/do.go"},
				"strings.Repeat":                      {Library, "strings/strings.go"},
			},
		},
		{
			"vendored",
			map[string]string{
				"main.main":                    "/build/shop/main.go",
				"shop/store.List":              "/build/shop/store/list.go",
				"github.com/some/thing.Do":     "/build/shop/vendor/github.com/some/thing/do.go",
				"github.com/lib/pq.(*conn).do": "/build/shop/vendor/github.com/lib/pq/conn.go",
			},
			map[string]want{
				"main.main":                    {Application, "main.go"},
				"shop/store.List":              {Application, "store/list.go"},
				"github.com/some/thing.Do":     {Modules, "github.com/some/thing/do.go"},
				"github.com/lib/pq.(*conn).do": {DatabaseDriver, "github.com/lib/pq/conn.go"},
			},
		},
		{
			"before modules",
			map[string]string{
				"main.main":                  "/go/src/github.com/me/shop/cmd/main.go",
				"github.com/me/shop/db.List": "/go/src/github.com/me/shop/db/list.go",
				"github.com/some/thing.Do":   "/go/src/github.com/some/thing/do.go",
			},
			map[string]want{
				"main.main":                  {Application, "cmd/main.go"},
				"github.com/me/shop/db.List": {Application, "db/list.go"},
				"github.com/some/thing.Do":   {Modules, "github.com/some/thing/do.go"},
			},
		},
		{
			"inlined from a module into a closure",
			map[string]string{
				"main.main":                      "/go/src/app/main.go",
				"shop/store.List":                "/go/src/app/store/list.go",
				"shop/store.List.Wrap.func2":     "/go/pkg/mod/github.com/some/thing@v1.1.1/api.go",
				"shop/store.List.func1":          "/go/src/app/store/list.go",
				"github.com/some/thing.Do":       "/go/pkg/mod/github.com/some/thing@v1.1.1/do.go",
				"github.com/some/thing.Do.func1": "/go/src/app/store/list.go",
			},
			map[string]want{
				"shop/store.List":          {Application, "store/list.go"},
				"shop/store.List.func1":    {Application, "store/list.go"},
				"github.com/some/thing.Do": {Modules, "github.com/some/thing/do.go"},
			},
		},
		{
			"before modules, without main.main",
			map[string]string{
				"main.work":                  "/home/me/src/github.com/me/shop/main.go",
				"github.com/me/shop/db.List": "/home/me/src/github.com/me/shop/db/list.go",
				"github.com/some/thing.Do":   "/home/me/src/github.com/some/thing/do.go",
			},
			map[string]want{
				"main.work":                  {Application, "main.go"},
				"github.com/me/shop/db.List": {Application, "db/list.go"},
				"github.com/some/thing.Do":   {Modules, "github.com/some/thing/do.go"},
			},
		},
		{
			"one package",
			map[string]string{"main.main": "/home/me/x/main.go", "strings.Repeat": "/usr/local/go/src/strings/strings.go"},
			map[string]want{"main.main": {Application, "main.go"}, "strings.Repeat": {Library, "strings/strings.go"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := &flat{}
			for name, file := range test.functions {
				f.functions = append(f.functions, function{name: name, system: name, file: file})
			}
			o := newOwners(f, nil)
			tree := newSourceTree(f, o)
			for i, fn := range f.functions {
				w, ok := test.want[fn.name]
				if !ok {
					continue
				}
				if o.byNumber[i] != w.owner {
					t.Errorf("%s is %s's, want %s's", fn.name, o.byNumber[i], w.owner)
				}
				if file := tree.file(fn, o.byNumber[i]); file != w.file {
					t.Errorf("%s stands in %q, want %q", fn.name, file, w.file)
				}
			}
		})
	}
}
