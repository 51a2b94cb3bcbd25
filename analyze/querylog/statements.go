package querylog

import (
	"sync"
	"sync/atomic"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// statement is what is known of one SQL text.
type statement struct {
	*definition
	tags map[string]string
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

func (s *statements) get(sql string) *statement {
	s.mu.RLock()
	known := s.byText[sql]
	s.mu.RUnlock()
	if known != nil {
		return known
	}
	var n sqltext.Normalizer
	fingerprint, text := n.Both(sql)
	tags := sqltext.Tags(sql)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byText == nil {
		s.byText, s.byFingerprint = map[string]*statement{}, map[uint64]*definition{}
	}
	d := s.byFingerprint[fingerprint]
	if d == nil {
		d = &definition{fingerprint: sqltext.FormatFingerprint(fingerprint), text: string(text)}
		if len(s.byFingerprint) < maxTexts && len(text) <= maxTextBytes {
			s.byFingerprint[fingerprint] = d
		}
	}
	st := &statement{definition: d, tags: tags}
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
