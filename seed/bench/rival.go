package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxrssUnit is the unit of ru_maxrss on Linux; elsewhere serverCPU has no /proc to read, and the tool says so.
const maxrssUnit = 1024

// tables are those of the blog with the columns that COPY gets.
var tables = []struct{ name, columns string }{
	{"users", "id, username, email, name, created_at"},
	{"posts", "id, author_id, title, body, published, created_at"},
	{"comments", "id, post_id, author_id, body, created_at"},
}

func (b *bench) file(table string) string { return filepath.Join(b.dir, table+".copy") }

// export writes the rows that pgassay made to files in COPY's binary format, in the order in which it made them.
func (b *bench) export() error {
	var script strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&script, "\\copy (SELECT %s FROM %s) TO '%s' WITH (FORMAT binary)\n", t.columns, t.name, b.file(t.name))
	}
	_, err := b.script(script.String())
	return err
}

// psql loads the files with the same treatment of constraints as pgassay seed.
func (b *bench) psql() (usage, error) {
	var script strings.Builder
	script.WriteString(`BEGIN;
TRUNCATE users, posts, comments;
ALTER TABLE comments DROP CONSTRAINT comments_author_id_fkey;
ALTER TABLE comments DROP CONSTRAINT comments_post_id_fkey;
ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey;
DROP INDEX comments_author_id_idx;
COMMIT;
`)
	for _, t := range tables {
		fmt.Fprintf(&script, "BEGIN;\nTRUNCATE %s;\n\\copy %s (%s) FROM '%s' WITH (FORMAT binary, FREEZE)\nCOMMIT;\n", t.name, t.name, t.columns, b.file(t.name))
	}
	script.WriteString(`CREATE INDEX comments_author_id_idx ON comments (author_id);
ALTER TABLE comments ADD CONSTRAINT comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) NOT VALID;
ALTER TABLE comments ADD CONSTRAINT comments_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id) NOT VALID;
ALTER TABLE posts ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id) NOT VALID;
ALTER TABLE comments VALIDATE CONSTRAINT comments_author_id_fkey;
ALTER TABLE comments VALIDATE CONSTRAINT comments_post_id_fkey;
ALTER TABLE posts VALIDATE CONSTRAINT posts_author_id_fkey;
`)
	for _, t := range tables {
		fmt.Fprintf(&script, "SELECT setval(pg_get_serial_sequence('%s', 'id'), max(id)) FROM %s;\nANALYZE %s;\n", t.name, t.name, t.name)
	}
	return b.script(script.String())
}

func (b *bench) script(text string) (usage, error) {
	return b.run(text, "psql", "-X", "-q", "-o", os.DevNull, "-v", "ON_ERROR_STOP=1", b.dsn)
}

// sql runs one query and returns its single value as text, "" if it returns no row.
func (b *bench) sql(query string) (string, error) {
	conn, err := pgx.Connect(b.ctx, b.dsn)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(b.ctx)) }()
	results, err := conn.PgConn().Exec(b.ctx, query).ReadAll()
	if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
		return "", err
	}
	return string(results[0].Rows[0][0]), nil
}

// serverCPU returns the CPU time of the server with all its processes, those that have ended too: the postmaster's own and
// its children's (proc_pid_stat(5), fields 14 to 17), and that of the children that still run.
func (b *bench) serverCPU() (time.Duration, error) {
	postmaster, err := b.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
	if err != nil {
		return 0, err
	}
	ticks, err := cpuTicks(postmaster, 14, 15, 16, 17)
	if err != nil {
		return 0, err
	}
	children, err := os.ReadFile("/proc/" + postmaster + "/task/" + postmaster + "/children")
	if err != nil {
		return 0, err
	}
	for child := range strings.FieldsSeq(string(children)) {
		if n, err := cpuTicks(child, 14, 15); err == nil { // one that has just ended counts with the postmaster's next time
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / 100, nil // USER_HZ
}

// cpuTicks adds up fields of /proc/PID/stat, counted from 1.
func cpuTicks(pid string, fields ...int) (int64, error) {
	content, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, fmt.Errorf("read the server's CPU time: %w", err)
	}
	// The second field, the program's name in parentheses, may hold spaces.
	text := string(content)
	words := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	var sum int64
	for _, field := range fields {
		n, err := strconv.ParseInt(words[field-3], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the server's CPU time: %w", err)
		}
		sum += n
	}
	return sum, nil
}
