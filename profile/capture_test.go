package profile

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// service serves net/http/pprof at the usual path and whatever handlers are given.
func service(t *testing.T, more map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	for path, handler := range more {
		mux.HandleFunc(path, handler)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func zipped(content []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(content)
	_ = w.Close()
	return out.Bytes()
}

func TestCapture(t *testing.T) { // not parallel: a process records one CPU profile at a time
	server := service(t, nil)
	all, err := Capture(t.Context(), Options{Targets: []string{server.URL}, Types: []Type{Heap, Goroutine, CPU, Trace}, Seconds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, one := range all {
		order = append(order, string(one.Type))
	}
	if got, want := strings.Join(order, " "), "cpu trace heap goroutine"; got != want {
		t.Errorf("captured %s, want %s: what takes time comes first", got, want)
	}
	if all[2].Started.Before(all[0].Started.Add(all[0].Duration)) {
		t.Error("the heap profile was taken before the end of the CPU profile")
	}
	if d := all.Profiles(CPU)[0].Duration(); d < time.Second {
		t.Errorf("the CPU profile covers %s, want 1s", d)
	}

	dir := filepath.Join(t.TempDir(), "new", "folder")
	manifest, err := all.Save(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range manifest.Profiles {
		content, err := os.ReadFile(filepath.Join(dir, entry.File))
		if err != nil {
			t.Fatal(err)
		}
		if entry.Type == Trace {
			continue
		}
		p, err := Open(t.Context(), filepath.Join(dir, entry.File), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Type != entry.Type || int64(len(content)) != entry.Bytes {
			t.Errorf("%s holds %s in %d bytes, the manifest says %s in %d", entry.File, p.Type, len(content), entry.Type, entry.Bytes)
		}
	}
}

// TestCaptureRefuses holds what a service may answer instead of a profile against what the user is told.
func TestCaptureRefuses(t *testing.T) {
	t.Parallel()
	var profile bytes.Buffer
	w := gzip.NewWriter(&profile)
	content, err := os.ReadFile(realHeap(t))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(content)
	_ = w.Close()

	answer := func(kind string, content []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(content)
		}
	}
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	var leaked atomic.Bool
	other := service(t, map[string]http.HandlerFunc{"/": func(_ http.ResponseWriter, r *http.Request) {
		leaked.Store(true)
	}})
	server := service(t, map[string]http.HandlerFunc{
		"/html/heap":      answer("text/html; charset=utf-8", []byte("<!DOCTYPE html><title>Sign in</title>")),
		"/plainhtml/heap": answer("application/octet-stream", []byte("\n<html><title>Sign in</title>")),
		"/empty/heap":     answer("application/octet-stream", nil),
		"/emptygz/heap":   answer("application/octet-stream", zipped(nil)),
		"/cut/heap":       answer("application/octet-stream", content[:len(content)/2]),
		"/cutheader/heap": answer("application/octet-stream", content[:5]),
		"/json/heap":      answer("application/json", []byte(`{"error": "nope"}`)),
		"/huge/heap":      answer("application/octet-stream", bytes.Repeat([]byte("x"), 3<<20)),
		"/bomb/heap":      answer("application/octet-stream", zipped(make([]byte, 20<<20))),
		"/twice/heap":     answer("application/octet-stream", zipped(zipped(content))),
		"/trace/heap":     answer("application/octet-stream", []byte("go 1.26 trace\x00\x00\x00rest")),
		"/login/heap":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "who are you?", http.StatusUnauthorized) },
		"/busy/profile": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Could not enable CPU profiling: cpu profiling already in use", http.StatusInternalServerError)
		},
		"/away/heap": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/debug/pprof/heap", http.StatusFound)
		},
		"/port/heap": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://127.0.0.1:1/heap", http.StatusFound)
		},
		"/circle/heap": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle/heap", http.StatusFound) },
		"/slow/heap": func(w http.ResponseWriter, r *http.Request) { // one byte now, the rest never
			_, _ = w.Write([]byte{0x1f})
			_ = http.NewResponseController(w).Flush()
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		},
		"/drop/heap": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(content[:100])
		},
		"/escape/heap": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "\x1b[31mred", http.StatusTeapot)
		},
	})
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()

	for _, test := range []struct {
		name, target string
		kind         Type
		want         error
		text         string
	}{
		{"HTML page", server.URL + "/html", Heap, ErrHTML, "give the path of the profiles"},
		{"HTML page without its type", server.URL + "/plainhtml", Heap, ErrHTML, ""},
		{"empty", server.URL + "/empty", Heap, ErrEmpty, ""},
		{"empty, compressed", server.URL + "/emptygz", Heap, ErrEmpty, ""},
		{"truncated", server.URL + "/cut", Heap, ErrTruncated, ""},
		{"truncated in the header", server.URL + "/cutheader", Heap, ErrTruncated, ""},
		{"connection dropped", server.URL + "/drop", Heap, ErrTruncated, "closed the connection"},
		{"JSON", server.URL + "/json", Heap, ErrFormat, `it begins with "{\"error\": \"nope\"}"`},
		{"too large", server.URL + "/huge", Heap, ErrTooLarge, "over 2 MiB"},
		{"zip bomb", server.URL + "/bomb", Heap, ErrTooLarge, "when decompressed"},
		{"compressed twice", server.URL + "/twice", Heap, ErrFormat, "compressed twice"},
		{"trace", server.URL + "/trace", Heap, ErrTrace, "go tool trace"},
		{"wrong path", server.URL + "/nowhere", Heap, nil, "404 Not Found: 404 page not found; is net/http/pprof served there?"},
		{"unauthorised", server.URL + "/login", Heap, nil, "401 Unauthorized: who are you?; give --bearer-token-file"},
		{"busy", server.URL + "/busy", CPU, nil, "already in use; a Go process records one CPU profile"},
		{"redirect to another host", server.URL + "/away", Heap, errElsewhere, "where nothing was sent"},
		{"redirect to another port", server.URL + "/port", Heap, errElsewhere, "where nothing was sent"},
		{"redirect in a circle", server.URL + "/circle", Heap, nil, "in circles"},
		{"slow loris", server.URL + "/slow", Heap, nil, "no complete answer within"},
		{"control characters", server.URL + "/escape", Heap, nil, "418 I'm a teapot: [31mred"},
		{"down", down.URL, Heap, nil, "nothing answers there (connect: connection refused)"},
		{"no such host", "http://nowhere.invalid", Heap, nil, "there is no host nowhere.invalid"},
		{"no such socket", "unix:/nowhere/service.sock", Heap, nil, "nothing answers there (connect: no such file or directory)"},
		{"TLS to plain HTTP", strings.Replace(server.URL, "http:", "https:", 1), Heap, nil, "use http:// instead"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opts := Options{
				Targets: []string{test.target}, Types: []Type{test.kind}, Seconds: 1, Timeout: time.Second,
				Header: http.Header{"X-Api-Key": {"sesame"}}, Bearer: "sesame",
				Read: ReadOptions{MaxBytes: 2 << 20, MaxRawBytes: 8 << 20},
			}
			if test.name != "slow loris" {
				opts.Timeout = time.Minute
			}
			all, err := Capture(t.Context(), opts)
			if err != nil {
				t.Fatal(err)
			}
			err = all.Err()
			switch {
			case err == nil:
				t.Fatal("no error")
			case test.want != nil && !errors.Is(err, test.want):
				t.Errorf("error %q is not %q", err, test.want)
			case !strings.Contains(err.Error(), test.text):
				t.Errorf("error %q says nothing of %q", err, test.text)
			case strings.Contains(err.Error(), "sesame"):
				t.Errorf("error %q tells the token", err)
			}
			if leaked.Load() {
				t.Error("the other host was asked")
			}
		})
	}
}

func realHeap(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "heap.pb.gz")
	server := service(t, nil)
	all, err := Capture(t.Context(), Options{Targets: []string{server.URL}, Types: []Type{Heap}})
	if err != nil || all.Err() != nil {
		t.Fatal(err, all.Err())
	}
	if err := os.WriteFile(name, all[0].Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOpenURL: any address may be a profile's, of whatever profiler, and what it is shows in it.
func TestOpenURL(t *testing.T) {
	t.Parallel()
	server := service(t, map[string]http.HandlerFunc{"/profiles/": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "of=rust" {
			http.Error(w, r.URL.RawQuery, http.StatusBadRequest)
			return
		}
		_, _ = w.Write(uncompressed(t, small()))
	}})
	for name, want := range map[string]Type{
		"/profiles/today.pb?of=rust": CPU, "/debug/pprof/goroutine": Goroutine, "/debug/pprof/heap": Heap,
	} {
		p, err := Open(t.Context(), server.URL+name, Options{})
		if err != nil || p.Type != want {
			t.Errorf("%s: %v, %+v; want %s", name, err, p, want)
		}
	}
}

// TestCaptureKeepsTheOthers: what one target can't give takes nothing from the others.
func TestCaptureKeepsTheOthers(t *testing.T) {
	t.Parallel()
	server, missing := service(t, nil), httptest.NewServer(http.NotFoundHandler())
	defer missing.Close()
	all, err := Capture(t.Context(), Options{Targets: []string{missing.URL, server.URL}, Types: []Type{Heap, Goroutine}})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 4 || all[0].Err == nil || all[1].Err == nil || all[2].Err != nil || all[3].Err != nil {
		t.Errorf("captured %d, errors %v", len(all), all.Err())
	}
	manifest, err := all.Save(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if manifest.Failed() != 2 || manifest.Profiles[3].File == "" {
		t.Errorf("manifest %+v", manifest)
	}
}

// TestCaptureCancelled: an interrupt ends the recording at once.
func TestCaptureCancelled(t *testing.T) {
	t.Parallel()
	started, hang := make(chan struct{}), make(chan struct{})
	server := service(t, map[string]http.HandlerFunc{"/x/profile": func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}})
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	all, err := Capture(ctx, Options{Targets: []string{server.URL + "/x"}, Types: []Type{CPU}, Seconds: 3600})
	if err != nil || !errors.Is(all.Err(), context.Canceled) {
		t.Errorf("errors %v, %v; want %v", err, all.Err(), context.Canceled)
	}
}

// TestCaptureAllAddresses: every address of a name is a target, and the name is still asked for.
func TestCaptureAllAddresses(t *testing.T) {
	t.Parallel()
	var hosts sync.Map
	server := service(t, map[string]http.HandlerFunc{"/x/goroutine": func(w http.ResponseWriter, r *http.Request) {
		hosts.Store(r.Host, true)
		pprof.Handler("goroutine").ServeHTTP(w, r)
	}})
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	all, err := Capture(t.Context(), Options{
		Targets: []string{"http://replicas.test:" + port + "/x"}, Types: []Type{Goroutine}, AllAddresses: true,
		TargetLabels: map[string]map[string]string{"http://replicas.test:" + port + "/x": {"zone": "a"}}, Labels: map[string]string{"env": "test"},
		Lookup: func(_ context.Context, host string) ([]string, error) {
			if host != "replicas.test" {
				return nil, errors.New("asked for " + host)
			}
			return []string{"127.0.0.2", "127.0.0.1", "127.0.0.1"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Target != "replicas.test:"+port+"/x@127.0.0.1" || all[0].Err != nil {
		t.Fatalf("captured %d: %v", len(all), all.Err()) // 127.0.0.2 may or may not answer
	}
	if _, ok := hosts.Load("replicas.test:" + port); !ok {
		t.Error("the service was not asked by its name")
	}
	want := map[string]string{"replica": all[0].Target, "zone": "a", "env": "test"}
	if diff := gocmp.Diff(want, all[0].Profile.Labels); diff != "" {
		t.Errorf("labels (-want +got)\n%s", diff)
	}
}

// TestCaptureDelta: other types can be recorded over time too, while the CPU profile is.
func TestCaptureDelta(t *testing.T) {
	t.Parallel()
	both := make(chan struct{}, 2)
	answer := func(w http.ResponseWriter, r *http.Request) {
		both <- struct{}{}
		for len(both) < 2 && r.Context().Err() == nil { // each waits for the other
			runtime.Gosched()
		}
		if r.URL.Query().Get("seconds") != "7" {
			http.Error(w, "for how long?", http.StatusBadRequest)
			return
		}
		_, _ = w.Write(uncompressed(t, small()))
	}
	server := service(t, map[string]http.HandlerFunc{"/x/profile": answer, "/x/mutex": answer})
	all, err := Capture(t.Context(), Options{Targets: []string{server.URL + "/x"}, Types: []Type{CPU, Mutex}, Seconds: 7, Delta: true})
	if err != nil || all.Err() != nil {
		t.Errorf("%v, %v", err, all.Err())
	}
}

// TestCaptureSecured: client certificates, own authorities, Unix sockets, headers and tokens.
func TestCaptureSecured(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" || r.Header.Get("X-Tenant") != "me" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		if r.TLS != nil && len(r.TLS.PeerCertificates) == 0 {
			http.Error(w, "no certificate", http.StatusForbidden)
			return
		}
		pprof.Handler("goroutine").ServeHTTP(w, r)
	})
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	local := &http.Server{Handler: handler}
	go func() { _ = local.Serve(listener) }()
	t.Cleanup(func() { local.Close() })

	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	full := &tls.Config{RootCAs: authorities, Certificates: server.TLS.Certificates}
	for _, test := range []struct {
		name, target, bearer string
		tls                  *tls.Config
		want                 string
	}{
		{"all given", server.URL, "sesame", full, ""},
		{"no client certificate", server.URL, "sesame", &tls.Config{RootCAs: authorities}, "certificate required); give one with --cert-file and --key-file"},
		{"plain HTTP", strings.Replace(server.URL, "https:", "http:", 1), "sesame", nil, "use https:// instead of http://"},
		{"unknown authority", server.URL, "sesame", &tls.Config{Certificates: server.TLS.Certificates}, "give its authority with --ca-file"},
		{"wrong token", server.URL, "open", full, "403 Forbidden: no; give --bearer-token-file"},
		{"Unix socket", "unix:" + socket, "sesame", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all, err := Capture(t.Context(), Options{
				Targets: []string{test.target}, Types: []Type{Goroutine}, TLS: test.tls, Bearer: test.bearer, Header: http.Header{"X-Tenant": {"me"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			err = all.Err()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, name, heap, cpu string }{
		{"http://a:6060", "a:6060", "http://a:6060/debug/pprof/heap?gc=1", "http://a:6060/debug/pprof/profile?seconds=10"},
		{"a:6060", "a:6060", "http://a:6060/debug/pprof/heap?gc=1", "http://a:6060/debug/pprof/profile?seconds=10"},
		{"http://a/debug/pprof/", "a", "http://a/debug/pprof/heap?gc=1", "http://a/debug/pprof/profile?seconds=10"},
		{"https://a/admin/pprof", "a/admin/pprof", "https://a/admin/pprof/heap?gc=1", "https://a/admin/pprof/profile?seconds=10"},
		{"http://a/svc/debug/pprof", "a/svc", "http://a/svc/debug/pprof/heap?gc=1", "http://a/svc/debug/pprof/profile?seconds=10"},
		{"http://a/debug/pprof/heap?gc=0", "a", "http://a/debug/pprof/heap?gc=0", ""},
		{"unix:/run/a.sock", "unix:/run/a.sock", "http://localhost/debug/pprof/heap?gc=1", ""},
		{"unix:///run/a.sock:/p", "unix:/run/a.sock/p", "http://localhost/p/heap?gc=1", ""},
	} {
		t.Run(test.in, func(t *testing.T) {
			t.Parallel()
			got, err := parseTarget(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.name != test.name {
				t.Errorf("name %q, want %q", got.name, test.name)
			}
			if heap := got.address(Heap, Options{Seconds: 10}).String(); heap != test.heap {
				t.Errorf("heap %q, want %q", heap, test.heap)
			}
			if cpu := got.address(CPU, Options{Seconds: 10}).String(); test.cpu != "" && cpu != test.cpu {
				t.Errorf("cpu %q, want %q", cpu, test.cpu)
			}
		})
	}
	for in, want := range map[string]string{
		"http://u:secret@a/debug/pprof/profile?seconds=0.5&token=secret": "silently record 30 s",
		"unix:relative.sock":    "with its whole path",
		"ftp://u:secret@a":      "write it as http://host:port",
		"http://u:secret@":      "write it as http://host:port",
		"http://u:secret@a:b:c": "write it as http://host:port",
	} {
		_, err := parseTarget(in)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("parse %s: error %v, want %q and no secret", in, err, want)
		}
	}
}
