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
