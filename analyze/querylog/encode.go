package querylog

import (
	"encoding/base64"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The log is JSON, one object a line. Three kinds of line, told apart by their first key:
//
//	{"pgassay":"querylog","version":1,…}             a header; first, and again from time to time
//	{"statement":"<fingerprint>","sql":"<normalised>"}  a definition; it may come after its first use
//	{"time":…,"duration_ns":…,…}                     an execution
//	{"dropped":n}                                    so many executions did not fit the buffer
//
// docs/querylog.md describes the fields.

// appendHeader appends the header line, which tells the log from SQL.
func appendHeader(b []byte) []byte {
	b = append(b, `{"pgassay":"querylog","version":1,"time":"`...)
	b = time.Now().UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","program":`...)
	b = appendString(b, filepath.Base(os.Args[0]))
	b = append(b, `,"process":`...)
	b = strconv.AppendInt(b, int64(os.Getpid()), 10)
	return append(b, "}\n"...)
}

func appendDefinition(b []byte, s *definition) []byte {
	b = append(b, `{"statement":"`...)
	b = append(b, s.fingerprint...)
	b = append(b, `","sql":`...)
	b = appendString(b, s.text)
	return append(b, "}\n"...)
}

// execution is one statement's execution on its way into the log.
type execution struct {
	start       time.Time
	duration    time.Duration
	session     string
	transaction int64 // 0: none
	batch       int64 // 0: none
	scope       *scope
	route       string
	statement   *statement
	args        []uint64
	rows        int64
	site        *site
	via         *site // nil: pgx or database/sql was called directly
	results     []column
	code        string
}

func (e *execution) append(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = e.start.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	b = append(b, `","duration_ns":`...)
	b = strconv.AppendInt(b, int64(e.duration), 10)
	b = append(b, `,"session":"`...)
	b = append(b, e.session...)
	b = append(b, '"')
	if e.transaction != 0 {
		b = append(b, `,"transaction":"`...)
		b = append(b, e.session...)
		b = append(b, '/')
		b = strconv.AppendInt(b, e.transaction, 10)
		b = append(b, '"')
	}
	if e.batch != 0 {
		b = append(b, `,"batch":`...)
		b = strconv.AppendInt(b, e.batch, 10)
	}
	if e.scope != nil {
		b = append(b, `,"scope":"`...)
		b = append(b, e.scope.id...)
		b = append(b, `","route":`...)
		b = appendString(b, e.route)
		if e.scope.trace != "" {
			b = append(b, `,"traceparent":`...)
			b = appendString(b, e.scope.trace)
		}
	}
	b = append(b, `,"fingerprint":"`...)
	b = append(b, e.statement.fingerprint...)
	b = append(b, '"')
	if e.args != nil {
		b = append(b, `,"args":"`...)
		b = appendHashes(b, e.args)
		b = append(b, '"')
	}
	b = append(b, `,"rows":`...)
	b = strconv.AppendInt(b, e.rows, 10)
	if e.site != nil {
		b = append(b, `,"call_site":`...)
		b = appendString(b, e.site.place)
		b = append(b, `,"function":`...)
		b = appendString(b, e.site.function)
	}
	if e.via != nil && e.via.module != "" {
		b = append(b, `,"via":`...)
		b = appendString(b, e.via.module)
	}
	if e.code != "" {
		b = append(b, `,"code":`...)
		b = appendString(b, e.code)
	}
	b = e.appendResults(b)
	b = appendTags(b, e.statement.tags)
	return append(b, "}\n"...)
}

func (e *execution) appendResults(b []byte) []byte {
	first := true
	for _, c := range e.results {
		if len(c.hashes) == 0 {
			continue
		}
		if first {
			b = append(b, `,"results":[`...)
			first = false
		} else {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = appendString(b, c.name)
		b = append(b, `,"`...)
		b = appendHashes(b, c.hashes)
		b = append(b, `"]`...)
	}
	if !first {
		b = append(b, ']')
	}
	return b
}

func appendTags(b []byte, tags map[string]string) []byte {
	if len(tags) == 0 {
		return b
	}
	keys := make([]string, 0, len(tags))
	for key := range tags {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		if i == 0 {
			b = append(b, `,"tags":{`...)
		} else {
			b = append(b, ',')
		}
		b = appendString(append(appendString(b, key), ':'), tags[key])
	}
	return append(b, '}')
}

// appendHashes appends base64 of the hashes, eight bytes each, least significant first.
func appendHashes(b []byte, hashes []uint64) []byte {
	for len(hashes) > 0 {
		n := min(len(hashes), 24) // whole groups of three hashes are whole groups of base64
		var raw [24 * 8]byte
		for i, h := range hashes[:n] {
			binary.LittleEndian.PutUint64(raw[8*i:], h)
		}
		b = base64.RawStdEncoding.AppendEncode(b, raw[:8*n])
		hashes = hashes[n:]
	}
	return b
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	plain := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[plain:i]...), `\ufffd`...)
				plain = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[plain:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		plain = i
	}
	return append(append(b, s[plain:]...), '"')
}
