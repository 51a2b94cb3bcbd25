package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"github.com/pgassay/pgassay/internal/pgtest/repository"
)

// latest is the version that is downloaded if none is asked for.
const latest = string(embeddedpostgres.V18)

// archive returns a jar of this machine's PostgreSQL, made once.
var archive = sync.OnceValues(func() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	binaries, err := Installed(ctx)
	if err != nil {
		return nil, err
	}
	return repository.Archive(ctx, binaries.Dir)
})

func needArchive(t *testing.T) []byte {
	t.Helper()
	jar, err := archive()
	if errors.Is(err, ErrNoBinaries) || errors.Is(err, repository.ErrNoConfig) {
		t.Skip("needs a PostgreSQL with pg_config to be made a repository of: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// serveCounting serves an archive as a repository does, and counts the requests.
func serveCounting(t *testing.T, jar []byte) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		repository.Handler(jar).ServeHTTP(w, r)
	}))
	return server, &requests
}

// source is a place's source that has nothing but a repository.
func (p place) source(repository string) Source {
	return Source{BinDir: DownloadOnly, Repository: repository, CacheDir: p.cache}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	jar := needArchive(t)
	p := newPlace(t)
	server, requests := serveCounting(t, jar)
	var last, total int64
	source := p.source(server.URL)
	source.Progress = func(done, of int64) {
		if done < last {
			t.Errorf("progress goes from %d back to %d", last, done)
		}
		last, total = done, of
	}
	s := start(t, Options{Source: source})
	for _, name := range []string{"BINDIR", "PKGLIBDIR", "SHAREDIR"} {
		if got := query(t, s.DSN(), "SELECT setting FROM pg_config WHERE name = '"+name+"'"); !strings.HasPrefix(got, p.cache) {
			t.Errorf("%s is %s: not what was downloaded", name, got)
		}
	}
	if got := requests.Load(); got != 2 {
		t.Errorf("%d requests, want one of the archive and one of its checksum", got)
	}
	if last != int64(len(jar)) || total != int64(len(jar)) {
		t.Errorf("progress ended with %d of %d, the archive has %d", last, total, len(jar))
	}
	// From now on it is there.
	server.Close()
	source.Progress = nil
	start(t, Options{Source: source})
	wantFiles(t, filepath.Join(p.cache, "postgresql"), latest, latest+".lock")
}

// wantFiles fails the test if a folder holds anything else.
func wantFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %v, want %v", dir, got, names)
	}
}

// TestDownloadAtOnce has several want the same download: it is fetched once.
func TestDownloadAtOnce(t *testing.T) {
	t.Parallel()
	jar := needArchive(t)
	p := newPlace(t)
	server, requests := serveCounting(t, jar)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := p.source(server.URL).find(t.Context(), p.cache); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := requests.Load(); got != 2 {
		t.Errorf("%d requests, want one of the archive and one of its checksum", got)
	}
}

// TestDownloadKilled leaves what a fetch that was killed leaves, and fetches again.
func TestDownloadKilled(t *testing.T) {
	t.Parallel()
	jar := needArchive(t)
	p := newPlace(t)
	half := filepath.Join(p.cache, "postgresql", latest+".new", "unpacked", "bin")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "pg_ctl"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.source(serve(t, repository.Handler(jar)).URL).find(t.Context(), p.cache); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, filepath.Join(p.cache, "postgresql"), latest, latest+".lock")
}

func TestDownloadErrors(t *testing.T) {
	t.Parallel()
	empty, err := repository.Jar(make([]byte, 1024)) // a tar archive without files
	if err != nil {
		t.Fatal(err)
	}
	// The handlers below answer for the archive; the checksum is right unless they say otherwise.
	answer := func(jar []byte, archive http.HandlerFunc) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".jar") {
				archive(w, r)
				return
			}
			repository.Handler(jar).ServeHTTP(w, r)
		})
	}
	for _, test := range []struct {
		name    string
		handler http.Handler
		want    []string
	}{
		{"not found", http.NotFoundHandler(), []string{"has none for this system", "embedded-postgres-binaries-"}},
		{
			"server error", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }),
			[]string{"answered 502 Bad Gateway"},
		},
		{
			"wrong checksum", answer(empty, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "something else") }),
			[]string{"downloaded checksums do not match"},
		},
		{"no checksum", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".jar") {
				_, _ = w.Write(empty)
				return
			}
			http.NotFound(w, r)
		}), []string{"has no checksum for it", "can't be trusted"}},
		{"truncated", answer(empty, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(empty)))
			_, _ = w.Write(empty[:len(empty)/2])
		}), []string{"the connection broke off", "PGASSAY_PG_REPOSITORY"}},
		{"no archive", answer([]byte("<html>"), func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }), []string{"zip: not a valid zip file"}},
		{"an archive of nothing", repository.Handler(empty), []string{"holds no initdb"}},
		{"silent from the start", answer(empty, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), []string{"it keeps silent for 50ms", "check the network"}},
		{"silent in the middle", answer(empty, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(empty[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}), []string{"it keeps silent for 50ms"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			source := Source{BinDir: DownloadOnly, Repository: serve(t, test.handler).URL, CacheDir: cache}
			if strings.HasPrefix(test.name, "silent") {
				source.patience = 50 * time.Millisecond
			}
			_, err := source.find(t.Context(), cache)
			if !errors.Is(err, ErrNoBinaries) {
				t.Fatalf("the error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
			wantFiles(t, filepath.Join(cache, "postgresql"), latest+".lock")
		})
	}
}

func TestDownloadUnreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	for _, test := range []struct{ name, repository, want string }{
		{"nobody listens", server.URL, "connection refused: check the network"},
		{"no host of that name", "http://none.invalid/maven2", "check the network"},
		{"no URL", "somewhere", "the address of the repository is no http or https URL: check PGASSAY_PG_REPOSITORY"},
		{"password", strings.Replace(server.URL, "://", "://ada:tuna5sandwich@", 1), "http://ada:xxxxx@127.0.0.1:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			_, err := Source{BinDir: DownloadOnly, Repository: test.repository}.find(t.Context(), cache)
			if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "tuna5sandwich") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestDownloadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("somebody pressed Ctrl-C")
	server := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(reason)
		<-r.Context().Done()
	}))
	cache := t.TempDir()
	_, err := Source{BinDir: DownloadOnly, Repository: server.URL}.find(ctx, cache)
	if !errors.Is(err, reason) && !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	wantFiles(t, filepath.Join(cache, "postgresql"), latest+".lock")
}

func TestRelease(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"": latest, "17": string(embeddedpostgres.V17), "13": string(embeddedpostgres.V13), "16.4": "16.4.0", "16.4.0": "16.4.0",
		"12": "", "9.6": "", "x": "", "99": "", "17.5.0.1": "",
	} {
		got, err := release(version)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("release(%q) is %q, %v; want %q", version, got, err, want)
		}
	}
}

// TestLibrary holds that what is read of the library by reflection is there.
func TestLibrary(t *testing.T) {
	if got := libraryRepository(); !strings.HasPrefix(got, "https://") {
		t.Errorf("the library's repository is %q", got)
	}
	// Its log file is removed: this test's folder for temporary files stays empty.
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	server := serve(t, http.NotFoundHandler())
	if _, err := (Source{BinDir: DownloadOnly, Repository: server.URL}).find(t.Context(), t.TempDir()); err == nil {
		t.Error("no error")
	}
	wantFiles(t, dir)
}

// TestOpenToAll holds that what is unpacked under a strict umask can be run by others.
func TestOpenToAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"bin/initdb": 0o700, "share/postgres.bki": 0o600} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := openToAll(dir); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, name := range []string{"bin", "bin/initdb", "share/postgres.bki"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&got, info.Mode().Perm(), " ")
	}
	if got.String() != "-rwxr-xr-x -rwxr-xr-x -rw-r--r-- " {
		t.Errorf("the modes are %s", &got)
	}
}
