package workload

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
)

func FuzzQueryLog(f *testing.F) {
	f.Add([]byte(`{"pgassay":"querylog","version":1,"time":"2026-01-01T00:00:00Z"}
{"statement":"6fbded1c3663e5c9","sql":"SELECT \"A\" FROM t WHERE a = $1"}
{"time":"2026-01-01T00:00:00.000001Z","duration_ns":12,"session":"a-1","transaction":"a-1/2","batch":3,"scope":"x","route":"GET /","fingerprint":"6fbded1c3663e5c9","args":"AAAAAAAAAAA","rows":1,"call_site":"a/b.go:1","function":"a/b.c","code":"23505","results":[["id","AAAAAAAAAAABAAAAAAAAAA"]],"tags":{"a":"b"}}
{"dropped":7}
`))
	f.Fuzz(func(t *testing.T, log []byte) {
		reader := NewQueryLog(bytes.NewReader(log))
		lines := int64(0)
		for {
			_, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // of a later version
			}
			lines++
		}
		if all := int64(bytes.Count(log, []byte("\n"))) + 1; lines+reader.Unread.Count > all {
			t.Errorf("%d events and %d unread lines of %d", lines, reader.Unread.Count, all)
		}
	})
}

// FuzzJSONObject holds the scanner against encoding/json: what that reads as an object, the scanner reads alike.
func FuzzJSONObject(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":"x\n\"\u00e4\ud83d\ude00","c":null,"d":[1,"]"],"e":{"f":"}"},"g":true, "h" : -1.5e3 }`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var want map[string]any
		valid := json.Unmarshal(line, &want) == nil && want != nil
		got := map[string]any{}
		object := newJSONObject(line)
		for key, value, ok := object.next(); ok; key, value, ok = object.next() {
			name := jsonValue{raw: key, kind: '"', escaped: bytes.IndexByte(key, '\\') >= 0}.text()
			got[name] = nil
			if value.kind == '"' {
				got[name] = value.text()
			}
		}
		if !valid {
			return
		}
		if object.bad || len(got) != len(want) {
			t.Fatalf("%q: got %v, want %v", line, got, want)
		}
		for key, value := range want {
			text, isText := value.(string)
			if isText && json.Valid([]byte(text)) && got[key] != text {
				t.Errorf("%q: %q is %q, want %q", line, key, got[key], text)
			}
		}
	})
}

// fuzzLog reads a log of a kind and checks that nothing comes out that did not go in.
func fuzzLog(t *testing.T, log []byte, kind Kind, prefix string) {
	t.Helper()
	var unread Unread
	reader := newLogReader(newBuffer(bytes.NewReader(log)), &clock{}, &unread, kind, prefix)
	w := &Workload{}
	var events int64
	in := newInterpreter(Options{}, newGrouper(), w)
	in.emit = newEventMaker(func(*Event) { events++ }).emit
	var e entry
	entries := 0
	for {
		err := reader.next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		entries++
		if len(e.message)+len(e.detail)+len(e.query) > 4*len(log)+16 {
			t.Fatalf("%d bytes of message out of %d", len(e.message), len(log))
		}
		in.add(&e)
	}
	in.flush()
	var count int64
	for _, s := range in.group.statements() {
		count += s.Count
	}
	if lines := bytes.Count(log, []byte("\n")) + 1; entries > lines && kind != JSONLog || count > int64(entries) {
		t.Errorf("%d lines have %d messages and %d executions", lines, entries, count)
	}
	if in.waiting != 0 {
		t.Errorf("%d sessions still wait", in.waiting)
	}
}

func FuzzCSVLog(f *testing.F) {
	f.Add([]byte(`2026-01-02 12:00:00.123 UTC,"app","shop",77,"[local]",5f.4d,1,"SELECT",2026-01-02 11:00:00 UTC,3/0,0,LOG,00000,"duration: 1.500 ms  execute a: SELECT ""a""
FROM t WHERE a = $1","parameters: $1 = '1'",,,,,,,,"x","client backend",,0
2026-01-02 12:00:00.124 UTC,"app","shop",77,"[local]",5f.4d,2,"INSERT",2026-01-02 11:00:00 UTC,3/0,0,ERROR,23505,"x",,,,,,"INSERT INTO t VALUES (1)",,,"x"
`))
	f.Fuzz(func(t *testing.T, log []byte) { fuzzLog(t, log, CSVLog, "") })
}

func FuzzJSONLog(f *testing.F) {
	f.Add([]byte(`{"timestamp":"2026-01-02 12:00:00.123 UTC","user":"app","dbname":"shop","pid":77,"session_id":"5f.4d","error_severity":"LOG","message":"duration: 1.500 ms  statement: SELECT \"a\"\nFROM t","detail":"parameters: $1 = '1'"}
{"log":"2026-01-02 12:00:00.123 UTC [77] LOG:  statement: SELECT 1\n\tFROM t\n","stream":"stderr","time":"2026-01-02T12:00:00.999Z"}
{"level":"info","record":{"log_time":"2022-11-27 18:58:02.096 UTC","user_name":"postgres","error_severity":"LOG","message":"statement: SELECT 1"}}
`))
	f.Fuzz(func(t *testing.T, log []byte) { fuzzLog(t, log, JSONLog, "") })
}

func FuzzTextLog(f *testing.F) {
	for _, seed := range []string{
		"2026-01-02 12:00:00.123 UTC [77] app@shop LOG:  duration: 1.500 ms  execute a: SELECT 1\n\tFROM t\n2026-01-02 12:00:00.123 UTC [77] app@shop DETAIL:  parameters: $1 = '1'\n",
		"Jan  2 12:00:00 host postgres[77]: [5-1] user=app,db=shop LOG:  statement: SELECT 1\nJan  2 12:00:00 host postgres[77]: [5-2] #011FROM t\n",
		"<134>1 2026-01-02T12:00:00.123Z host postgres 77 - - [5-1] user=app,db=shop LOG:  duration: 1 ms\n",
		"2026-01-02T12:00:00.999999999Z stderr F 2026-01-02 12:00:00.123 UTC [77] LOG:  duration: 1.5 ms  plan:\n2026-01-02T12:00:00.999999999Z stderr F \tQuery Text: SELECT 1\n2026-01-02T12:00:00.999999999Z stderr F \tResult  (cost=0.00..0.01 rows=1 width=4)\n",
	} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "%m [%p] %q%u@%d ")
	}
	f.Fuzz(func(t *testing.T, log []byte, prefix string) { fuzzLog(t, log, TextLog, prefix) })
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("SELECT 1;"))
	f.Fuzz(func(t *testing.T, start []byte) {
		if kind := Detect(start); kind == Unknown {
			t.Errorf("%q is of no kind", start)
		}
	})
}

func FuzzPlan(f *testing.F) {
	f.Add([]byte("Query Text: SELECT 1\nQuery Parameters: $1 = 'a\nb'\nResult  (cost=0.00..0.01 rows=1 width=4)"))
	f.Add([]byte("{\n  \"Query Text\": \"SELECT 1\",\n  \"Plan\": {}\n}"))
	f.Add([]byte("<explain>\n<Query-Text>SELECT &lt;1</Query-Text><Plan></Plan></explain>"))
	f.Add([]byte("Query Text: \"SELECT 1\"\nPlan: \n  Node Type: \"Result\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, sql, parameters := readPlan(text)
		if len(plan.Text) > len(text) || len(sql) > len(text) || len(parameters) > len(text) {
			t.Errorf("more came out of %q than went in", text)
		}
	})
}
