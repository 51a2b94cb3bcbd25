package workload

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// eventMaker makes Events of a log's executions, with hashes of their literals and binds for arguments.
type eventMaker struct {
	to         func(*Event)
	seed       maphash.Seed
	normalizer sqltext.Normalizer
	texts      map[uint64]string // normalised, by fingerprint
	names      map[string]string
}

func newEventMaker(to func(*Event)) *eventMaker {
	return &eventMaker{to: to, seed: maphash.MakeSeed(), texts: map[uint64]string{}, names: map[string]string{}}
}

func (m *eventMaker) emit(e *entry, s *Statement, x *execution) {
	sql := viewString(x.text)
	fingerprint, text, values := m.normalizer.Values(sql)
	normalized, ok := m.texts[fingerprint]
	if !ok {
		normalized = string(text)
		if len(m.texts) < maxGroups {
			m.texts[fingerprint] = normalized
		}
	}
	event := &Event{
		Time: x.at.Add(-x.duration), Duration: x.duration, Session: m.intern(e.session), Transaction: m.transaction(e), Rows: -1,
		Client:      m.intern(x.user) + "@" + m.intern(x.database) + " " + m.intern(x.application),
		Fingerprint: sqltext.FormatFingerprint(fingerprint), Statement: normalized, Code: m.intern(e.code), Tags: sqltext.Tags(sql),
	}
	if e.severity < sevError {
		event.Code = ""
	} else if event.Code == "" {
		event.Code = "XX000"
	}
	event.Args = m.arguments(sql, values, parseParameters(x.parameters))
	m.to(event)
}

// transaction returns the id of the transaction that goes on after the message, "" if there is none: the virtual id ends
// in 0 then.
func (m *eventMaker) transaction(e *entry) string {
	id := string(e.transaction)
	if id == "" || strings.HasSuffix(id, "/0") {
		return ""
	}
	return m.intern(e.session) + " " + id
}

func (m *eventMaker) intern(b []byte) string {
	if s, ok := m.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(m.names) < maxTexts {
		m.names[s] = s
	}
	return s
}

// arguments returns a hash for each placeholder; nil if a bind is not known.
func (m *eventMaker) arguments(sql string, values []sqltext.Value, binds []Bind) []uint64 {
	args := make([]uint64, 0, len(values))
	for _, v := range values {
		text := sql[v.Start:v.End]
		var hash uint64
		switch {
		case v.Kind == sqltext.Param:
			number, err := strconv.Atoi(text[1:])
			if err != nil || number < 1 || number > len(binds) {
				return nil
			}
			b := binds[number-1]
			if !b.Null {
				hash = maphash.String(m.seed, b.Text)
			}
		case v.Kind == sqltext.Word && (text[0] == 'n' || text[0] == 'N'):
		default:
			hash = maphash.String(m.seed, sqltext.Unquote(text))
		}
		if v.Placeholder < len(args) {
			args[v.Placeholder] = (args[v.Placeholder]*0x9E3779B97F4A7C15 + 1) ^ hash
			continue
		}
		args = append(args, hash)
	}
	return args
}
