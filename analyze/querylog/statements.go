package querylog

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// statement is what is known of one SQL text.
type statement struct {
	*definition
	tags   map[string]string
	values []value // in the order of the text
}

// value says what a placeholder of the normalised text stands for in one SQL text.
type value struct {
	placeholder int    // counted from 0
	bind        int    // $1 is 1; 0 for a literal
	hash        uint64 // of the literal
}

// definition is what texts with the same fingerprint share.
type definition struct {
	fingerprint string
	text        string      // normalised; "" for no statement at all, such as a driver's ping
	written     atomic.Bool // it is in the log
}

// statements remembers the texts that were seen, so that each is read only once. Texts with literals or trace ids in
// them may be without number: beyond its size it reads them again each time, and defines them in the log each time.
type statements struct {
	mu            sync.RWMutex
	byText        map[string]*statement
	byFingerprint map[uint64]*definition
}

const (
	maxTexts     = 4096
	maxTextBytes = 64 << 10 // longer texts are not kept
)

func (s *statements) get(sql string, h hasher) *statement {
	s.mu.RLock()
	known := s.byText[sql]
	s.mu.RUnlock()
	if known != nil {
		return known
	}
	var n sqltext.Normalizer
	fingerprint, text, values := n.Values(sql)
	st := &statement{tags: sqltext.Tags(sql), values: make([]value, len(values))}
	for i, v := range values {
		st.values[i] = readValue(h, sql[v.Start:v.End], v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText == nil {
		s.byText, s.byFingerprint = map[string]*statement{}, map[uint64]*definition{}
	}
	d := s.byFingerprint[fingerprint]
	if st.definition = d; d == nil {
		st.definition = &definition{fingerprint: sqltext.FormatFingerprint(fingerprint), text: string(text)}
		if len(s.byFingerprint) >= maxTexts || len(text) > maxTextBytes {
			return st // not kept: a text that is not defined again in each chapter is defined with each execution
		}
		s.byFingerprint[fingerprint] = st.definition
	}
	if len(s.byText) < maxTexts && len(sql) <= maxTextBytes {
		s.byText[sql] = st
	}
	return st
}

// appendDefinitions appends every definition that the log has, for a reader who is given only its end.
func (s *statements) appendDefinitions(b []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range s.byFingerprint {
		if d.written.Load() {
			b = appendDefinition(b, d)
		}
	}
	return b
}

func readValue(h hasher, text string, v sqltext.Value) value {
	out := value{placeholder: v.Placeholder}
	switch plain := sqltext.Unquote(text); {
	case v.Kind == sqltext.Param:
		out.bind, _ = strconv.Atoi(text[1:])
	case v.Kind == sqltext.Word && plain == "null":
		out.hash = h.null()
	case v.Kind == sqltext.Word:
		out.hash = h.value(plain == "true")
	default:
		out.hash = h.text(plain)
	}
	return out
}

// appendArgs appends one hash for each placeholder of the normalised text. A list that was shortened to one placeholder
// has a hash made of all its elements'; a list of one has its element's.
func (st *statement) appendArgs(hashes []uint64, h hasher, binds []any) []uint64 {
	for _, v := range st.values {
		hash := v.hash
		if v.bind > 0 {
			hash = h.null()
			if v.bind <= len(binds) {
				hash = h.value(binds[v.bind-1])
			}
		}
		if v.placeholder < len(hashes) {
			hashes[v.placeholder] = h.fixed(tagOther, h.fixed(tagOther, hashes[v.placeholder])+hash)
			continue
		}
		hashes = append(hashes, hash)
	}
	return hashes
}
