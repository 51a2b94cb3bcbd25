package blog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgassay/pgassay/examples/blog"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// database makes the blog's tables in a database of the test's own.
func database(t *testing.T) (dsn string) {
	t.Helper()
	dsn = pgtest.Database(t)
	script, err := os.ReadFile("testdata/blog.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pgtest.Connect(t, dsn).Exec(t.Context(), string(script)); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// start serves the blog and returns a function that gets a page.
func start(t *testing.T, dsn string, opts blog.Options) func(path string) (int, string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	opts.Pool = pool
	server := httptest.NewServer(blog.New(opts))
	t.Cleanup(server.Close)
	return func(path string) (int, string) {
		t.Helper()
		return get(t, server.URL+path)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestPages: the service answers the same with its faults and without them.
func TestPages(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	for _, fixed := range []bool{false, true} {
		t.Run(fmt.Sprintf("fixed=%t", fixed), func(t *testing.T) {
			t.Parallel()
			page := start(t, dsn, blog.Options{Fixed: fixed})
			for _, test := range []struct {
				path string
				want string
			}{
				{"/users/7", `{"id":7,"username":"user7","name":"User 7","created_at":"2024-01-01T07:00:00Z"}`},
				{
					"/users/?limit=2&after=7",
					`{"users":[{"id":8,"username":"user8","name":"User 8","created_at":"2024-01-01T08:00:00Z"},` +
						`{"id":9,"username":"user9","name":"User 9","created_at":"2024-01-01T09:00:00Z"}],"next":"/users/?after=9&limit=2"}`,
				},
				{"/users/?after=50", `{"users":[]}`},
				{"/search?q=user49", `{"users":[{"id":49,"username":"user49","name":"User 49","created_at":"2024-01-03T01:00:00Z"}]}`},
				{"/search?q=nobody", `{"users":[]}`},
				{
					"/posts/?before=12&limit=2", // 10 is a draft
					`{"posts":[{"id":11,"author_id":11,"title":"Post 11","body":"wordwordword and a word","created_at":"2024-02-01T05:00:00Z"},` +
						`{"id":9,"author_id":9,"title":"Post 9","body":"word and a word","created_at":"2024-02-01T04:00:00Z"}],"next":"/posts/?before=9&limit=2"}`,
				},
				{"/posts/?before=1", `{"posts":[]}`},
				{
					"/users/3/posts?limit=2",
					`{"total":8,"posts":[` +
						`{"id":353,"author_id":3,"title":"Post 353","created_at":"2024-02-08T08:00:00Z","author":{"id":3,"username":"user3","name":"User 3","created_at":"2024-01-01T03:00:00Z"},"comments":3},` +
						`{"id":303,"author_id":3,"title":"Post 303","created_at":"2024-02-07T07:00:00Z","author":{"id":3,"username":"user3","name":"User 3","created_at":"2024-01-01T03:00:00Z"},"comments":2}]}`,
				},
			} {
				for range 2 { // the second answer may come from a cache
					status, got := page(test.path)
					if status != http.StatusOK {
						t.Errorf("%s answers %d", test.path, status)
					}
					if diff := cmp.Diff(test.want, localised(t, got)); diff != "" {
						t.Errorf("%s (-want +got)\n%s", test.path, diff)
					}
				}
			}
		})
	}
}

// localised writes the times of an answer in UTC: the service shows them in the zone that the database gives them in.
func localised(t *testing.T, body string) string {
	t.Helper()
	var out strings.Builder
	for part := range strings.SplitAfterSeq(body, `"created_at":"`) {
		stamp, rest, ok := strings.Cut(part, `"`)
		if at, err := time.Parse(time.RFC3339, stamp); ok && err == nil {
			part = at.UTC().Format(time.RFC3339) + `"` + rest
		}
		out.WriteString(part)
	}
	return out.String()
}

func TestStats(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	var answers []string
	for _, fixed := range []bool{false, true} {
		status, body := start(t, dsn, blog.Options{Fixed: fixed})("/stats/global")
		if status != http.StatusOK {
			t.Fatalf("status %d: %s", status, body)
		}
		answers = append(answers, body)
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Errorf("the fixed service counts differently (-faulty +fixed)\n%s", diff)
	}
	var got struct {
		Users, Posts, Comments int64
		Words                  []struct {
			Word  string
			Count int
		}
	}
	if err := json.Unmarshal([]byte(answers[0]), &got); err != nil {
		t.Fatal(err)
	}
	if got.Users != 50 || got.Posts != 400 || len(got.Words) != 5 || got.Words[0].Count != 533 || got.Words[0].Word != "word" {
		t.Errorf("got %s", answers[0])
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	page := start(t, dsn, blog.Options{})
	for path, want := range map[string]string{
		"/users/51":                `404 {"error":"not found"}`,
		"/users/51/posts":          `404 {"error":"not found"}`,
		"/users/x":                 `400 {"error":"id must be a number"}`,
		"/users/?after=x":          `400 {"error":"after must be a number"}`,
		"/posts/?before=x":         `400 {"error":"before must be a number"}`,
		"/posts/?limit=0":          `400 {"error":"limit must be a number from 1 to 100"}`,
		"/users/3/posts?limit=":    `200`,
		"/users/1/posts?limit=101": `400 {"error":"limit must be a number from 1 to 100"}`,
		"/search":                  `400 {"error":"q must be the beginning of a username"}`,
		"/search?q=%00":            `400 {"error":"q must be the beginning of a username"}`,
		"/search?q=%ff":            `400 {"error":"q must be the beginning of a username"}`,
		"/nothing":                 `404 {"error":"no such page"}`,
	} {
		status, body := page(path)
		if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	late := start(t, dsn, blog.Options{Timeout: time.Nanosecond})
	if status, body := late("/users/1"); status != http.StatusGatewayTimeout || body != `{"error":"took too long"}` {
		t.Errorf("a request without time: got %d %s", status, body)
	}
}

// TestServe: requests that are under way when the service is told to stop are answered.
func TestServe(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// A lock on the table holds the request in the middle until the service has been told to stop.
	blocker := pgtest.Connect(t, dsn)
	pgtest.Execute(t, blocker, "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- blog.Serve(ctx, blog.Config{DSN: dsn, Listener: listener}) }()
	answered := make(chan string, 1)
	go func() {
		status, body := get(t, "http://"+listener.Addr().String()+"/users/1")
		answered <- fmt.Sprint(status, body)
	}()
	watcher := pgtest.Connect(t, dsn)
	for waiting := false; !waiting; {
		if err := watcher.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass)").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	pgtest.Execute(t, blocker, "COMMIT")
	if got := <-answered; !strings.HasPrefix(got, "200") {
		t.Errorf("the request that was under way got %s", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestServeWithoutDatabase(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	err = blog.Serve(t.Context(), blog.Config{DSN: "host=127.0.0.1 port=1 user=x password=secret", Listener: listener})
	if err == nil || !strings.HasPrefix(err.Error(), "connect: ") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
