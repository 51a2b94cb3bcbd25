// Package logsynth writes PostgreSQL logs that look like those of a busy application, as long as one likes, to measure
// and test readers with: the same executions as csvlog, jsonlog or stderr.
package logsynth

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Format is a format of log.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	JSON   Format = "json"
	Stderr Format = "stderr" // with log_line_prefix Prefix
)

// Prefix is the log_line_prefix of stderr logs.
const Prefix = "%m [%p] %q%u@%d "

// Options say what to write. The zero value writes a megabyte of csvlog.
type Options struct {
	Format Format
	Bytes  int64  // stop after so many; 0 means 1 MB
	Seed   uint64 // the same seed writes the same log
}

// template is one statement of the application. In its text %d stands for a number, %s for a word, %l for a list of
// numbers, %t for a time; with binds they become $1, $2, ….
type template struct {
	sql    string
	binds  bool
	weight int
	millis float64 // typical
}

var templates = []template{
	{`SELECT u.id, u.username, u.email, u.created_at FROM users AS u WHERE u.id = %d`, true, 220, 0.08},
	{`SELECT p.id, p.title, p.body, p.created_at, u.username FROM posts p JOIN users u ON u.id = p.author_id WHERE p.published AND p.created_at < %t ORDER BY p.created_at DESC LIMIT %d`, true, 120, 1.9},
	{`SELECT count(*) FROM comments WHERE post_id = %d`, true, 160, 0.4},
	{"SELECT \"orders\".\"id\", \"orders\".\"customer_id\", \"orders\".\"state\", \"orders\".\"total\" FROM \"orders\" WHERE \"orders\".\"customer_id\" = %d AND \"orders\".\"state\" IN ('paid', 'sent') ORDER BY \"orders\".\"id\" DESC LIMIT 20", false, 120, 0.9},
	{`UPDATE sessions SET last_seen = %t, hits = hits + 1 WHERE token = '%s'`, false, 90, 0.2},
	{`INSERT INTO events (kind, user_id, payload, created_at) VALUES ('%s', %d, '{"path": "/%s", "ms": %d, "ok": true}', %t)`, false, 90, 0.15},
	{`SELECT i.sku, i.amount, s.name FROM items i LEFT JOIN stock s ON s.sku = i.sku WHERE i.order_id IN (%l)`, false, 70, 1.2},
	{"WITH recent AS (\n    SELECT author_id, max(created_at) AS latest\n    FROM posts\n    WHERE created_at > %t\n    GROUP BY author_id\n)\nSELECT u.id, u.username, r.latest\nFROM recent AS r\nJOIN users AS u ON u.id = r.author_id\nWHERE u.country = '%s'\nORDER BY r.latest DESC\nLIMIT %d", false, 30, 12},
	{"SELECT date_trunc('hour', created_at) AS hour,\n       count(*) AS n,\n       percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95\nFROM requests\nWHERE service = %s AND created_at BETWEEN %t AND %t\nGROUP BY 1\nORDER BY 1", true, 20, 85},
	{`DELETE FROM sessions WHERE last_seen < %t AND user_id = %d`, true, 20, 0.5},
	{`BEGIN`, false, 60, 0.01},
	{`COMMIT`, false, 60, 0.3},
	{`SELECT * FROM products WHERE name ILIKE '%%%s%%' AND price < %d /*controller='search',action='index',traceparent='00-%x-01'*/`, false, 20, 45},
}

var (
	words = strings.Fields("alpha blue candle delta ember forest garden harbor island jungle kettle lantern meadow needle orchard pepper quartz river saddle timber umber velvet willow xenon yellow zephyr")
	users = []string{"app", "web", "worker", "reports"}
	bases = []string{"shop", "blog"}
	zone  = time.UTC
)

type writer struct {
	out     io.Writer
	random  *rand.Rand
	buffer  bytes.Buffer
	at      time.Time
	lines   [64]int64
	written int64
	picks   []int
}

// Write writes a log and returns how many bytes and how many executions it has.
func Write(out io.Writer, opts Options) (size, executions int64, err error) {
	if opts.Bytes <= 0 {
		opts.Bytes = 1 << 20
	}
	w := &writer{out: out, random: rand.New(rand.NewPCG(opts.Seed, 1)), at: time.Date(2026, 3, 1, 8, 0, 0, 0, zone)}
	for i, t := range templates {
		for range t.weight {
			w.picks = append(w.picks, i)
		}
	}
	for w.written+int64(w.buffer.Len()) < opts.Bytes {
		w.execution(opts.Format)
		executions++
		if w.buffer.Len() > 1<<20 {
			if err := w.flush(); err != nil {
				return w.written, executions, err
			}
		}
	}
	return w.written + int64(w.buffer.Len()), executions, w.flush()
}

func (w *writer) flush() error {
	n, err := w.out.Write(w.buffer.Bytes())
	w.written += int64(n)
	w.buffer.Reset()
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

func (w *writer) word() string { return words[w.random.IntN(len(words))] }

func (w *writer) time() string {
	return w.at.Add(-time.Duration(w.random.IntN(86400)) * time.Second).Format("2006-01-02 15:04:05")
}

// fill writes a template's text and, with binds, what belongs into DETAIL.
func (w *writer) fill(t *template) (sql, detail string) {
	var text, parameters strings.Builder
	n := 0
	put := func(literal, value string) {
		if !t.binds {
			text.WriteString(literal)
			return
		}
		n++
		if n > 1 {
			parameters.WriteString(", ")
		}
		fmt.Fprintf(&text, "$%d", n)
		fmt.Fprintf(&parameters, "$%d = '%s'", n, value)
	}
	for i := 0; i < len(t.sql); i++ {
		if t.sql[i] != '%' {
			text.WriteByte(t.sql[i])
			continue
		}
		i++
		switch t.sql[i] {
		case 'd':
			v := strconv.Itoa(1 + w.random.IntN(500_000))
			put(v, v)
		case 's':
			v := w.word()
			put(v, v)
		case 't':
			v := w.time()
			put("'"+v+"'", v)
		case 'l':
			for j := range 2 + w.random.IntN(20) {
				if j > 0 {
					text.WriteString(", ")
				}
				text.WriteString(strconv.Itoa(w.random.IntN(1_000_000)))
			}
		case 'x':
			fmt.Fprintf(&text, "%016x%016x-%016x", w.random.Uint64(), w.random.Uint64(), w.random.Uint64())
		default:
			text.WriteByte(t.sql[i])
		}
	}
	if n > 0 {
		detail = "parameters: " + parameters.String()
	}
	return text.String(), detail
}

// execution writes one execution's messages.
func (w *writer) execution(format Format) {
	t := &templates[w.picks[w.random.IntN(len(w.picks))]]
	sql, detail := w.fill(t)
	process := w.random.IntN(len(w.lines))
	w.lines[process]++
	w.at = w.at.Add(time.Duration(w.random.IntN(2000)) * time.Microsecond)
	millis := t.millis * (0.4 + w.random.ExpFloat64())
	verb := "statement"
	if t.binds {
		verb = "execute <unnamed>"
	}
	message := fmt.Sprintf("duration: %.3f ms  %s: %s", millis, verb, sql)
	user, database := users[process%len(users)], bases[process%len(bases)]
	stamp := w.at.Format("2006-01-02 15:04:05.000") + " UTC"
	tag, _, _ := strings.Cut(sql, " ")
	b := &w.buffer
	switch format {
	case JSON:
		fmt.Fprintf(b, `{"timestamp":"%s","user":"%s","dbname":"%s","pid":%d,"remote_host":"10.0.0.%d","remote_port":%d,"session_id":"67c2b0a%x.%x","line_num":%d,"ps":"%s","session_start":"2026-03-01 07:59:00 UTC","vxid":"%d/0","txid":0,"error_severity":"LOG","message":%s`,
			stamp, user, database, 4000+process, process, 40000+process, process%16, 4000+process, w.lines[process], tag, 3+process, quoteJSON(message))
		if detail != "" {
			fmt.Fprintf(b, `,"detail":%s`, quoteJSON(detail))
		}
		fmt.Fprintf(b, `,"application_name":"shopd","backend_type":"client backend","query_id":%d}`+"\n", w.random.Int64())
	case Stderr:
		prefix := fmt.Sprintf("%s [%d] %s@%s ", stamp, 4000+process, user, database)
		fmt.Fprintf(b, "%sLOG:  %s\n", prefix, strings.ReplaceAll(message, "\n", "\n\t"))
		if detail != "" {
			fmt.Fprintf(b, "%sDETAIL:  %s\n", prefix, detail)
		}
	default:
		fmt.Fprintf(b, `%s,"%s","%s",%d,"10.0.0.%d:%d",67c2b0a%x.%x,%d,"%s",2026-03-01 07:59:00 UTC,%d/0,0,LOG,00000,"%s",`,
			stamp, user, database, 4000+process, process, 40000+process, process%16, 4000+process, w.lines[process], tag, 3+process, strings.ReplaceAll(message, `"`, `""`))
		if detail != "" {
			fmt.Fprintf(b, `"%s"`, strings.ReplaceAll(detail, `"`, `""`))
		}
		fmt.Fprintf(b, `,,,,,,,,"shopd","client backend",,%d`+"\n", w.random.Int64())
	}
}

// quoteJSON writes a JSON string with the escapes that PostgreSQL uses.
func quoteJSON(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
