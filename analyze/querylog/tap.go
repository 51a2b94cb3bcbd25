package querylog

import (
	"encoding/binary"
	"io"
	"slices"
	"strings"
)

// tap reads along with what the server sends on one connection and hashes the keys in results: pgx's tracer hears of a
// statement's end, but never sees its rows. It belongs to the connection's goroutine, as the connection does.
type tap struct {
	from   io.Reader
	hasher hasher

	// the message under way
	header  [5]byte
	have    int    // bytes of the header seen
	left    int    // bytes of the body still to come
	body    []byte // collected so far, if the body is wanted
	want    bool
	last    byte // type of the message before
	on      bool // a statement is under way whose results are wanted
	fields  []field
	changed bool // fields came from the server since the statement started
	results []column
	rows    int
}

// field is a column of a result whose values are kept.
type field struct {
	name   string
	index  int
	oid    uint32
	format int16
}

// column holds the hashes of one column of a result.
type column struct {
	name   string
	hashes []uint64
}

const (
	maxKeyColumns = 6
	maxKeyRows    = 1000
	maxKeyBytes   = 64      // longer texts are no keys
	maxBody       = 1 << 20 // a longer row is passed over

	textFormat    int16 = 0
	unknownFormat int16 = -1
)

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	if n > 0 {
		t.see(p[:n])
	}
	return n, err
}

// begin starts collecting for a statement with the fields that its description had, nil if it was not seen yet.
func (t *tap) begin(fields []field) {
	t.on, t.fields, t.changed, t.rows = true, fields, false, 0
	t.results = t.results[:0]
	t.prepare()
}

func (t *tap) end() { t.on = false }

func (t *tap) prepare() {
	for i, f := range t.fields {
		if i < cap(t.results) {
			t.results = t.results[:i+1]
			t.results[i].name, t.results[i].hashes = f.name, t.results[i].hashes[:0]
		} else {
			t.results = append(t.results, column{name: f.name})
		}
	}
}

// see follows the messages in a chunk: a type byte, a length that counts itself, a body.
func (t *tap) see(chunk []byte) {
	for len(chunk) > 0 {
		if t.have < len(t.header) {
			n := copy(t.header[t.have:], chunk)
			t.have += n
			chunk = chunk[n:]
			if t.have < len(t.header) {
				return
			}
			t.left = max(0, int(binary.BigEndian.Uint32(t.header[1:]))-4)
			t.want = t.on && t.left <= maxBody && (t.header[0] == 'T' || t.header[0] == 'D' && len(t.fields) > 0 && t.rows < maxKeyRows)
			t.body = t.body[:0]
			if t.left == 0 {
				t.done(nil)
				continue
			}
		}
		n := min(t.left, len(chunk))
		t.left -= n
		if t.want && t.left == 0 && len(t.body) == 0 {
			t.done(chunk[:n]) // all of it is in the chunk: nothing to copy
		} else {
			if t.want {
				t.body = append(t.body, chunk[:n]...)
			}
			if t.left == 0 {
				t.done(t.body)
			}
		}
		chunk = chunk[n:]
	}
}

func (t *tap) done(body []byte) {
	if t.want {
		switch t.header[0] {
		case 'T':
			t.rowDescription(body, t.last == 't')
		case 'D':
			t.dataRow(body)
		}
	}
	t.last, t.have = t.header[0], 0
}

// rowDescription picks the columns that may hold keys. A description of a statement (not of a portal) comes before
// the formats are chosen.
func (t *tap) rowDescription(body []byte, ofStatement bool) {
	fields := make([]field, 0, maxKeyColumns)
	if len(body) < 2 {
		return
	}
	count := int(binary.BigEndian.Uint16(body))
	body = body[2:]
	for i := range count {
		end := slices.Index(body, 0)
		if end < 0 || len(body) < end+19 {
			return
		}
		f := field{name: string(body[:end]), index: i, oid: binary.BigEndian.Uint32(body[end+7:]), format: int16(binary.BigEndian.Uint16(body[end+17:]))}
		if ofStatement {
			f.format = unknownFormat
		}
		body = body[end+19:]
		if keyLike(f) {
			fields = append(fields, f)
		}
	}
	if len(fields) > maxKeyColumns {
		slices.SortStableFunc(fields, func(a, b field) int { return keyRank(a.name) - keyRank(b.name) })
		fields = fields[:maxKeyColumns]
		slices.SortFunc(fields, func(a, b field) int { return a.index - b.index })
	}
	t.fields, t.changed, t.rows = fields, true, 0
	t.results = t.results[:0]
	t.prepare()
}

func (t *tap) dataRow(body []byte) {
	if len(body) < 2 {
		return
	}
	body = body[2:]
	next := 0
	for i := 0; next < len(t.fields) && len(body) >= 4; i++ {
		size := int(int32(binary.BigEndian.Uint32(body)))
		body = body[4:]
		if size > len(body) {
			return
		}
		if f := &t.fields[next]; f.index == i {
			if size >= 0 && size <= maxKeyBytes {
				t.results[next].hashes = append(t.results[next].hashes, t.hasher.wire(f.oid, f.format, body[:size]))
			}
			next++
		}
		body = body[max(0, size):]
	}
	t.rows++
}

// keyLike tells whether a column's values may be what a later statement looks up: integers and UUIDs of any name, texts
// only under a name that keys have.
func keyLike(f field) bool {
	switch f.oid {
	case oidInt2, oidInt4, oidInt8, oidOID, oidUUID:
		return true
	case oidText, oidVarchar, oidBpchar, oidName:
		return keyRank(f.name) < 2
	}
	return false
}

// keyRank orders columns by how much their names sound like keys.
func keyRank(name string) int {
	name = strings.ToLower(name)
	for _, suffix := range []string{"id", "uuid", "guid"} {
		if strings.HasSuffix(name, suffix) {
			return 0
		}
	}
	for _, suffix := range []string{"key", "code", "slug", "name", "email", "sku", "hash", "ref", "number", "no", "iso", "handle", "login"} {
		if strings.HasSuffix(name, suffix) {
			return 1
		}
	}
	return 2
}
