package workload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// got is what a message is compared by.
type got struct {
	At, Session, User, Database, Application, Message, Detail, Query string
}

// readAll reads a log of any kind and returns its messages.
func readAll(t *testing.T, log, prefix string) (messages []got, unread Unread) {
	t.Helper()
	kind := Detect([]byte(log))
	if kind != CSVLog && kind != JSONLog && kind != TextLog {
		t.Fatalf("detected as %s", kind)
	}
	reader := newLogReader(newBuffer(strings.NewReader(log)), &clock{}, &unread, kind, prefix)
	var e entry
	for {
		err := reader.next(&e)
		if errors.Is(err, io.EOF) {
			return messages, unread
		}
		if err != nil {
			t.Fatal(err)
		}
		at := ""
		if !e.at.IsZero() {
			at = e.at.UTC().Format("15:04:05.000")
		}
		messages = append(messages, got{at, string(e.session), string(e.user), string(e.database), string(e.application), string(e.message), string(e.detail), string(e.query)})
	}
}

const (
	first  = "duration: 1.500 ms  execute a: SELECT 1\nFROM t\n  WHERE a = $1"
	second = "duplicate key value violates unique constraint \"t_pkey\""
)

// written is a log as the server writes it, before anything that carries it puts something around its lines.
const written = `2026-01-02 12:00:00.123 UTC [77] app@shop LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
2026-01-02 12:00:00.123 UTC [77] app@shop DETAIL:  parameters: $1 = '1'
2026-01-02 12:00:00.124 UTC [77] app@shop ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-02 12:00:00.124 UTC [77] app@shop DETAIL:  Key (id)=(1) already exists.
2026-01-02 12:00:00.124 UTC [77] app@shop STATEMENT:  INSERT INTO t
	VALUES (1)`

// Every wrapping of the same two messages reads alike.
func TestTextLogs(t *testing.T) {
	t.Parallel()
	full := []got{
		{"12:00:00.123", "77", "app", "shop", "", first, "parameters: $1 = '1'", ""},
		{"12:00:00.124", "77", "app", "shop", "", second, "Key (id)=(1) already exists.", "INSERT INTO t\nVALUES (1)"},
	}
	with := func(change func(*got)) []got {
		var out []got
		for _, g := range full {
			change(&g)
			out = append(out, g)
		}
		return out
	}
	seconds := func(g *got) { g.At = "12:00:00.000" }
	for _, test := range []struct {
		name, log, prefix string
		want              []got
	}{
		{name: "default prefix", want: with(func(g *got) { g.User, g.Database = "", "" }), log: `2026-01-02 12:00:00.123 UTC [77] LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
2026-01-02 12:00:00.123 UTC [77] DETAIL:  parameters: $1 = '1'
2026-01-02 12:00:00.124 UTC [77] ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-02 12:00:00.124 UTC [77] DETAIL:  Key (id)=(1) already exists.
2026-01-02 12:00:00.124 UTC [77] STATEMENT:  INSERT INTO t
	VALUES (1)
`},
		{name: "Debian, without tabs", want: full, log: `2026-01-02 12:00:00.123 UTC [77] app@shop LOG:  duration: 1.500 ms  execute a: SELECT 1
FROM t
  WHERE a = $1
2026-01-02 12:00:00.123 UTC [77] app@shop DETAIL:  parameters: $1 = '1'
2026-01-02 12:00:00.124 UTC [77] app@shop ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-02 12:00:00.124 UTC [77] app@shop DETAIL:  Key (id)=(1) already exists.
2026-01-02 12:00:00.124 UTC [77] app@shop STATEMENT:  INSERT INTO t
VALUES (1)`},
		{name: "a zone of its own", want: full, log: `2026-01-02 14:00:00.123 +02 [77] app@shop LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
2026-01-02 14:00:00.123 +02 [77] app@shop DETAIL:  parameters: $1 = '1'
2026-01-02 14:00:00.124 +02 [77] app@shop ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-02 14:00:00.124 +02 [77] app@shop DETAIL:  Key (id)=(1) already exists.
2026-01-02 14:00:00.124 +02 [77] app@shop STATEMENT:  INSERT INTO t
	VALUES (1)
`},
		{name: "a given prefix", prefix: "%% %n|%c|%u|%d|%-8p ", want: with(func(g *got) { g.Session = "5f0e8f6a.4d" }), log: `% 1767355200.123|5f0e8f6a.4d|app|shop|77       LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
% 1767355200.123|5f0e8f6a.4d|app|shop|77       DETAIL:  parameters: $1 = '1'
% 1767355200.124|5f0e8f6a.4d|app|shop|77       ERROR:  duplicate key value violates unique constraint "t_pkey"
% 1767355200.124|5f0e8f6a.4d|app|shop|77       DETAIL:  Key (id)=(1) already exists.
% 1767355200.124|5f0e8f6a.4d|app|shop|77       STATEMENT:  INSERT INTO t
	VALUES (1)
`},
		{name: "keys with spaces in values", want: with(func(g *got) { g.Application = "my app: v2" }), log: `[77] 2026-01-02 12:00:00.123 UTC app=my app: v2,db=shop,user=app,trace=99 LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
[77] 2026-01-02 12:00:00.123 UTC app=my app: v2,db=shop,user=app,trace=99 DETAIL:  parameters: $1 = '1'
[77] 2026-01-02 12:00:00.124 UTC app=my app: v2,db=shop,user=app,trace=12 ERROR:  duplicate key value violates unique constraint "t_pkey"
[77] 2026-01-02 12:00:00.124 UTC app=my app: v2,db=shop,user=app,trace=12 DETAIL:  Key (id)=(1) already exists.
[77] 2026-01-02 12:00:00.124 UTC app=my app: v2,db=shop,user=app,trace=12 STATEMENT:  INSERT INTO t
	VALUES (1)
`},
		{name: "Amazon", want: with(seconds), log: `2026-01-02 12:00:00 UTC:10.0.0.7(40000):app@shop:[77]:LOG:  duration: 1.500 ms  execute a: SELECT 1
	FROM t
	  WHERE a = $1
2026-01-02 12:00:00 UTC:10.0.0.7(40000):app@shop:[77]:DETAIL:  parameters: $1 = '1'
2026-01-02 12:00:00 UTC:2001:db8::7(40000):app@shop:[77]:ERROR:  duplicate key value violates unique constraint "t_pkey"
2026-01-02 12:00:00 UTC:2001:db8::7(40000):app@shop:[77]:DETAIL:  Key (id)=(1) already exists.
2026-01-02 12:00:00 UTC:2001:db8::7(40000):app@shop:[77]:STATEMENT:  INSERT INTO t
	VALUES (1)
`},
		{name: "syslog, two processes mixed, a line cut in two", want: []got{
			{"12:00:00.000", "78", "web", "shop", "", "connection authorized", "", ""},
			{"12:00:00.000", "77", "app", "shop", "", first, "parameters: $1 = '1'", ""},
			{"12:00:01.000", "78", "web", "shop", "", "statement: SELECT a, b", "", ""},
			{"12:00:00.000", "77", "app", "shop", "", second, "Key (id)=(1) already exists.", "INSERT INTO t\nVALUES (1)"},
		}, log: `Jan  2 12:00:00 host postgres[77]: [5-1] user=app,db=shop LOG:  duration: 1.500 ms  execute a: SELECT 1
Jan  2 12:00:00 host postgres[78]: [1-1] user=web,db=shop LOG:  connection authorized
Jan  2 12:00:00 host postgres[77]: [5-2] #011FROM t
Jan  2 12:00:01 host postgres[78]: [2-1] user=web,db=shop LOG:  statement: SELECT a,
Jan  2 12:00:00 host postgres[77]: [5-3] #011  WHERE a = $1
Jan  2 12:00:00 host cron[99]: (root) CMD (true)
Jan  2 12:00:00 host postgres[77]: [5-4] user=app,db=shop DETAIL:  parameters: $1 = '1'
Jan  2 12:00:00 host postgres[77]: [6-1] user=app,db=shop ERROR:  duplicate key value violates unique constraint "t_pkey"
Jan  2 12:00:01 host postgres[78]: [2-2]  b
Jan  2 12:00:00 host postgres[77]: [6-2] user=app,db=shop DETAIL:  Key (id)=(1) already exists.
Jan  2 12:00:00 host postgres[77]: [6-3] user=app,db=shop STATEMENT:  INSERT INTO t
Jan  2 12:00:00 host postgres[77]: [6-4] #011VALUES (1)
`},
		{name: "syslog of RFC 5424", want: full, log: `<134>1 2026-01-02T12:00:00.123Z host postgres 77 - - [5-1] user=app,db=shop LOG:  duration: 1.500 ms  execute a: SELECT 1
<134>1 2026-01-02T12:00:00.123Z host postgres 77 - - [5-2] #011FROM t
<134>1 2026-01-02T12:00:00.123Z host postgres 77 - - [5-3] #011  WHERE a = $1
<134>1 2026-01-02T12:00:00.123Z host postgres 77 - - [5-4] user=app,db=shop DETAIL:  parameters: $1 = '1'
<134>1 2026-01-02T12:00:00.124Z host postgres 77 - - [6-1] user=app,db=shop ERROR:  duplicate key value violates unique constraint "t_pkey"
<134>1 2026-01-02T12:00:00.124Z host postgres 77 - - [6-2] user=app,db=shop DETAIL:  Key (id)=(1) already exists.
<134>1 2026-01-02T12:00:00.124Z host postgres 77 - - [6-3] user=app,db=shop STATEMENT:  INSERT INTO t
<134>1 2026-01-02T12:00:00.124Z host postgres 77 - - [6-4] #011VALUES (1)
`},
		{name: "Docker", want: full, log: dockerLines(written, `{"log":%s,"stream":"stderr","time":"2026-01-02T12:00:00.999Z"}`)},
		{name: "Kubernetes", want: full, log: eachLine(written, "2026-01-02T12:00:00.999999999Z stderr F ")},
		{name: "docker compose", want: full, log: eachLine(written, "db-1  | ")},
		{name: "CloudWatch", want: full, log: eachLine(written, "2026-01-02T12:00:01.000Z ")},
		{name: "Azure", want: with(func(g *got) { g.User, g.Database = "", "" }), log: `{"LogicalServerName":"x","time":"2026-01-02T12:00:01Z","properties":{"timestamp":"2026-01-02 12:00:00.123 UTC","processId":77,"errorLevel":"LOG","message":"2026-01-02 12:00:00.123 UTC [77] LOG:  duration: 1.500 ms  execute a: SELECT 1\n\tFROM t\n\t  WHERE a = $1"}}
{"time":"2026-01-02T12:00:01Z","properties":{"message":"2026-01-02 12:00:00.123 UTC [77] DETAIL:  parameters: $1 = '1'"}}
{"time":"2026-01-02T12:00:01Z","properties":{"message":"2026-01-02 12:00:00.124 UTC [77] ERROR:  duplicate key value violates unique constraint \"t_pkey\""}}
{"time":"2026-01-02T12:00:01Z","properties":{"message":"2026-01-02 12:00:00.124 UTC [77] DETAIL:  Key (id)=(1) already exists."}}
{"time":"2026-01-02T12:00:01Z","properties":{"message":"2026-01-02 12:00:00.124 UTC [77] STATEMENT:  INSERT INTO t\n\tVALUES (1)"}}
`},
		{name: "jsonlog", want: with(func(g *got) { g.Session = "5f.4d" }), log: `{"timestamp":"2026-01-02 12:00:00.123 UTC","user":"app","dbname":"shop","pid":77,"session_id":"5f.4d","error_severity":"LOG","message":"duration: 1.500 ms  execute a: SELECT 1\nFROM t\n  WHERE a = $1","detail":"parameters: $1 = '1'"}
{"timestamp":"2026-01-02 12:00:00.124 UTC","user":"app","dbname":"shop","pid":77,"session_id":"5f.4d","error_severity":"ERROR","state_code":"23505","message":"duplicate key value violates unique constraint \"t_pkey\"","detail":"Key (id)=(1) already exists.","statement":"INSERT INTO t\nVALUES (1)"}
`},
		{name: "csvlog", want: with(func(g *got) { g.Session, g.Application = "5f.4d", "x" }), log: `2026-01-02 12:00:00.123 UTC,"app","shop",77,"[local]",5f.4d,1,"SELECT",2026-01-02 11:00:00 UTC,3/0,0,LOG,00000,"duration: 1.500 ms  execute a: SELECT 1
FROM t
  WHERE a = $1","parameters: $1 = '1'",,,,,,,,"x"
2026-01-02 12:00:00.124 UTC,"app","shop",77,"[local]",5f.4d,2,"INSERT",2026-01-02 11:00:00 UTC,3/0,0,ERROR,23505,"duplicate key value violates unique constraint ""t_pkey""","Key (id)=(1) already exists.",,,,,"INSERT INTO t
VALUES (1)",,,"x","client backend",,0
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, unread := readAll(t, test.log, test.prefix)
			if diff := cmp.Diff(test.want, messages); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if unread.Count > 0 {
				t.Errorf("unread: %q", unread.Samples)
			}
			// Windows line ends make no difference.
			if messages, _ := readAll(t, strings.ReplaceAll(test.log, "\n", "\r\n"), test.prefix); test.name != "csvlog" {
				if diff := cmp.Diff(test.want, messages); diff != "" {
					t.Errorf("with CR (-want +got)\n%s", diff)
				}
			}
		})
	}
}

func eachLine(text, before string) string {
	return before + strings.ReplaceAll(text, "\n", "\n"+before) + "\n"
}

func dockerLines(text, format string) string {
	var out strings.Builder
	for line := range strings.Lines(text + "\n") {
		fmt.Fprintf(&out, format+"\n", `"`+strings.NewReplacer(`"`, `\"`, "\t", `\t`, "\n", `\n`).Replace(line)+`"`)
	}
	return out.String()
}

// What is no PostgreSQL message is counted and passed over; nothing after it is lost.
func TestBrokenLogs(t *testing.T) {
	t.Parallel()
	csv := `2026-01-02 12:00:00.123 UTC,"app","shop",77,"[local]",5f.4d,1,"SELECT",2026-01-02 11:00:00 UTC,3/0,0,LOG,00000,"a",,,,,,,,,"x"` + "\n"
	for _, test := range []struct {
		name, log     string
		want          int
		unreadAtLeast int64
	}{
		{"csv starts within a record", `half of a record",,,,,,,,"x"` + "\n" + csv + csv, 2, 1},
		{"csv ends within a record", csv + csv + csv[:len(csv)-20], 2, 1},
		{"csv with junk between", csv + "no record\n" + csv, 2, 1},
		{"csv with an open quote", csv + strings.Replace(csv, `"a"`, `"a`, 1) + csv, 2, 1},
		{"json cut", `{"timestamp":"2026-01-02 12:00:00.123 UTC","error_severity":"LOG","message":"a"}` + "\n" + `{"timestamp":"2026-01-02 12:0`, 1, 1},
		{"text starts within a message", "\tFROM t\n2026-01-02 12:00:00.123 UTC [77] LOG:  a\n2026-01-02 12:00:00.123 UTC [77] LOG:  b\n", 2, 1},
		{"another program's line", "2026-01-02 12:00:00.123 UTC [77] LOG:  a\n\tb\nrm: cannot remove\n2026-01-02 12:00:00.123 UTC [77] LOG:  c\n", 2, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, unread := readAll(t, test.log, "")
			if len(messages) != test.want || unread.Count < test.unreadAtLeast {
				t.Errorf("%d messages and %d unread lines, want %d and at least %d", len(messages), unread.Count, test.want, test.unreadAtLeast)
			}
		})
	}
}

func TestGuessPrefix(t *testing.T) {
	t.Parallel()
	for _, format := range []string{
		"%m [%p] ", "%m [%p] %q%u@%d ", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%t:%r:%u@%d:[%p]:", "%m [%p]: [%l-1] db=%d,user=%u ",
		"%m %u@%d [%p] ", "[%p] %m user=%u,db=%d ", "< %m >", "%n [%p] %u@%d ", "%m [%p] %c %q%u@%d %h ", "%t [%p] db=%d,user=%u,app=%a,client=%h,state=%e ",
		"%m|%u|%d|%p|", "time=%t pid=%p user=%u db=%d ",
	} {
		var log strings.Builder
		values := map[string][2]string{
			"%m": {"2026-01-02 12:00:00.123 UTC", ""}, "%t": {"2026-01-02 12:00:00 UTC", ""}, "%n": {"1767355200.123", ""}, "%p": {"77", "78"}, "%l": {"5", "6"},
			"%u": {"app", "web"}, "%d": {"shop", "blog"}, "%a": {"psql", "my app"}, "%h": {"10.0.0.1", "[local]"}, "%r": {"10.0.0.1(4000)", "[local]"}, "%c": {"5f0e8f6a.4d", "5f0e8f6b.4e"}, "%e": {"00000", "23505"},
		}
		for i := range 6 {
			line := strings.ReplaceAll(format, "%q", "")
			for escape, v := range values {
				value := v[i%2]
				if value == "" {
					value = v[0]
				}
				line = strings.ReplaceAll(line, escape, value)
			}
			fmt.Fprintf(&log, "%sLOG:  statement: SELECT %d\n", line, i)
		}
		messages, unread := readAll(t, log.String(), "")
		if len(messages) != 6 || unread.Count > 0 {
			t.Errorf("%s: %d messages of 6, unread %q", format, len(messages), unread.Samples)
			continue
		}
		m := messages[0]
		if strings.Contains(format, "%p") && m.Session != "77" && m.Session != "5f0e8f6a.4d" || strings.Contains(format, "%u") && m.User != "app" || strings.Contains(format, "%d") && m.Database != "shop" {
			t.Errorf("%s: got %+v", format, m)
		}
		if m.Message != "statement: SELECT 0" || !strings.HasPrefix(m.At, "12:00:00") {
			t.Errorf("%s: got %+v", format, m)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-01-02 12:00:00.5 CET,":       "2026-01-02T11:00:00.5Z",
		"2026-01-02 12:00:00 +0530 x":      "2026-01-02T06:30:00Z",
		"2026-01-02T12:00:00.123456+02:00": "2026-01-02T10:00:00.123456Z",
		"2026-01-02 12:00:00 LOG:":         "2026-01-02T12:00:00Z",
		"2026-01-02 12:00:00 UTC:10.0.0.1": "2026-01-02T12:00:00Z",
		"2026-01-02 12:00:00-03 [1]":       "2026-01-02T15:00:00Z",
		"2026-13-02 12:00:00 UTC":          "",
		"yesterday":                        "",
	} {
		var c clock
		at, size := c.read([]byte(in))
		got := ""
		if size > 0 {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
		if again, _ := c.read([]byte(in)); !again.Equal(at) {
			t.Errorf("%q read again is %s", in, again)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]Bind{
		"$1 = 'a', $2 = NULL, $3 = 'it''s, $4 = x'": {{Text: "a"}, {Null: true}, {Text: "it's, $4 = x"}},
		"$1 = 'abc...'": {{Text: "abc", Cut: true}},
		"$1 = 'open":    {{Text: "open", Cut: true}},
		"":              nil,
		"nothing":       nil,
		"$2 = 'a'":      nil,
		"$1 = ''":       {{}},
	} {
		if diff := cmp.Diff(want, parseParameters([]byte(in))); diff != "" {
			t.Errorf("%q (-want +got)\n%s", in, diff)
		}
	}
}

func TestBufferPassesOverLongLines(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), maxRecord+10)
	b := newBuffer(io.MultiReader(bytes.NewReader(long), strings.NewReader("tail\nnext\n")))
	line, err := b.line()
	if err != nil || !b.cut || len(line) != maxRecord {
		t.Errorf("%d bytes, cut %t, %v", len(line), b.cut, err)
	}
	if line, err = b.line(); string(line) != "next" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
}
