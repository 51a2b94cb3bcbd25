package profile

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/driver"
	pprof "github.com/google/pprof/profile"
)

// driverMu keeps calls of the pprof tool's driver apart: it holds its settings in package variables.
var driverMu sync.Mutex

// Web returns the pprof tool's own pages for a profile: graph, flame graph, source, and more. Requests are served one at a
// time. Some pages need Graphviz, or the program's source.
func Web(p *Profile) (http.Handler, error) {
	decoded, err := p.load()
	if err != nil {
		return nil, err
	}
	var pages map[string]http.Handler
	ui := &quietUI{}
	driverMu.Lock()
	defer driverMu.Unlock()
	err = driver.PProf(&driver.Options{
		Flagset: fixedFlags{values: map[string]any{"http": "localhost:0", "no_browser": true}, args: []string{p.Source}},
		Fetch:   fixedFetch{decoded}, Sym: noSymbols{}, UI: ui, Writer: noWriter{},
		HTTPServer: func(args *driver.HTTPServerArgs) error {
			pages = args.Handlers
			return nil
		},
	})
	if err == nil && pages == nil {
		err = errors.New(strings.TrimSpace(ui.said.String()))
	}
	if err != nil {
		return nil, fmt.Errorf("make pprof's pages: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := pages[strings.TrimPrefix(r.URL.Path, "/ui")]
		if strings.HasSuffix(r.URL.Path, "config") || page == nil { // nothing is written to the user's folder
			http.NotFound(w, r)
			return
		}
		driverMu.Lock()
		defer driverMu.Unlock()
		page.ServeHTTP(w, r)
	}), nil
}

// LocalOnly refuses requests that name another host than this machine, as a page of another site could make a browser do.
func LocalOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
			host = host[:at]
		}
		switch host {
		case "localhost", "127.0.0.1", "[::1]":
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "this page is served to this machine only", http.StatusForbidden)
		}
	})
}

// fixedFlags is the driver's command line.
type fixedFlags struct {
	values map[string]any
	args   []string
}

func fixed[T any](f fixedFlags, name string, def T) *T {
	if v, ok := f.values[name].(T); ok {
		return &v
	}
	return &def
}

func (f fixedFlags) Bool(name string, def bool, _ string) *bool { return fixed(f, name, def) }
func (f fixedFlags) Int(name string, def int, _ string) *int    { return fixed(f, name, def) }
func (f fixedFlags) Float64(name string, def float64, _ string) *float64 {
	return fixed(f, name, def)
}

func (f fixedFlags) String(name, def, _ string) *string { return fixed(f, name, def) }

func (f fixedFlags) StringList(string, string, string) *[]*string { return &[]*string{} }
func (f fixedFlags) ExtraUsage() string                           { return "" }
func (f fixedFlags) AddExtraUsage(string)                         {}
func (f fixedFlags) Parse(func()) []string                        { return f.args }

// fixedFetch gives the driver the one profile.
type fixedFetch struct{ p *pprof.Profile }

func (f fixedFetch) Fetch(string, time.Duration, time.Duration) (*pprof.Profile, string, error) {
	return f.p, "", nil
}

type noSymbols struct{}

func (noSymbols) Symbolize(string, driver.MappingSources, *pprof.Profile) error { return nil }

// noWriter keeps the driver from writing files.
type noWriter struct{}

func (noWriter) Open(string) (io.WriteCloser, error) {
	return nil, errors.New("no file is written")
}

// quietUI keeps what the driver says.
type quietUI struct{ said strings.Builder }

func (*quietUI) ReadLine(string) (string, error)     { return "", io.EOF }
func (*quietUI) Print(...any)                        {}
func (u *quietUI) PrintErr(args ...any)              { fmt.Fprintln(&u.said, args...) }
func (*quietUI) IsTerminal() bool                    { return false }
func (*quietUI) WantBrowser() bool                   { return false }
func (*quietUI) SetAutoComplete(func(string) string) {}
