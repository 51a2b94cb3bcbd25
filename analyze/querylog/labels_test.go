package querylog

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime/pprof"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// A probe tells which labels the goroutine has that decodes or encodes a value.
type probe struct {
	mark string // in the name of no other goroutine's label
	seen []string
}

var labelLine = regexp.MustCompile(`# labels: (\{.*\})`)

// look lists the labels of the goroutines that run a statement.
func (p *probe) look() {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1) // a buffer takes all
	for _, found := range labelLine.FindAllStringSubmatch(profile.String(), -1) {
		if bytes.Contains([]byte(found[1]), []byte(p.mark)) && !slices.Contains(p.seen, found[1]) {
			p.seen = append(p.seen, found[1])
		}
	}
}

// Scan implements sql.Scanner.
func (p *probe) Scan(any) error { p.look(); return nil }

// rowsOf is a pgx.CopyFromSource of one row that is looked at while it is encoded.
type rowsOf struct {
	probe *probe
	left  int
}

func (s *rowsOf) Next() bool             { s.left--; return s.left >= 0 }
func (s *rowsOf) Values() ([]any, error) { s.probe.look(); return []any{int32(1)}, nil }
func (s *rowsOf) Err() error             { return nil }

// TestLabels: while a statement's rows are decoded, or a COPY's encoded, the goroutine has its labels; afterwards not.
func TestLabels(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	recorder := New(io.Discard, Options{})
	t.Cleanup(func() { _ = recorder.Close() })
	config.Tracer = recorder
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	pgtest.Execute(t, conn, "CREATE TEMP TABLE labelled (id int)")
	const query = "SELECT 'x' AS labelled_by_a_test"
	copying := `COPY "labelled" ("id") FROM STDIN`
	for _, test := range []struct {
		name string
		do   func(ctx context.Context, p *probe) error
		want string // the statement's label
	}{
		{"query", func(ctx context.Context, p *probe) error { return conn.QueryRow(ctx, query).Scan(p) }, sqltext.Fingerprint(query)},
		{"batch of one statement", func(ctx context.Context, p *probe) error {
			batch := &pgx.Batch{}
			for range 2 {
				batch.Queue(query).QueryRow(func(row pgx.Row) error { return row.Scan(p) })
			}
			return conn.SendBatch(ctx, batch).Close()
		}, sqltext.Fingerprint(query)},
		{"batch of several", func(ctx context.Context, p *probe) error {
			batch := &pgx.Batch{}
			batch.Queue(query).QueryRow(func(row pgx.Row) error { return row.Scan(p) })
			batch.Queue("SELECT 1")
			return conn.SendBatch(ctx, batch).Close()
		}, severalStatements},
		{"COPY", func(ctx context.Context, p *probe) error {
			_, err := conn.CopyFrom(ctx, pgx.Identifier{"labelled"}, []string{"id"}, &rowsOf{p, 1})
			return err
		}, sqltext.Fingerprint(copying)},
	} {
		t.Run(test.name, func(t *testing.T) {
			route := "GET /labels/" + test.name
			p := &probe{mark: route}
			if err := test.do(WithRequest(t.Context(), route), p); err != nil {
				t.Fatal(err)
			}
			want := `{"route":"` + route + `", "statement":"` + test.want + `"}`
			if !slices.Contains(p.seen, want) {
				t.Errorf("labels %q, want %q among them", p.seen, want)
			}
			// pgx reads what COPY sends in a goroutine that may end a moment later.
			after := &probe{mark: route}
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
				after.seen = nil
				if after.look(); len(after.seen) == 0 || time.Now().After(deadline) {
					break
				}
			}
			if len(after.seen) > 0 {
				t.Errorf("labels %q after it", after.seen)
			}
		})
	}
}

// TestLabelsOfRequest: what a request does besides its statements has its route.
func TestLabelsOfRequest(t *testing.T) {
	t.Parallel()
	p := &probe{mark: "labels_of_request"}
	mux := http.NewServeMux()
	mux.Handle("GET /labels_of_request/{id}", Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { p.look() })))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/labels_of_request/1", http.NoBody))
	if want := []string{`{"route":"GET /labels_of_request/{id}"}`}; !slices.Equal(p.seen, want) {
		t.Errorf("labels %q, want %q", p.seen, want)
	}
}
