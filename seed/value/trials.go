package value

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// trials lets the server say what a value is and whether it satisfies a constraint.
type trials struct {
	server Server
}

func newTrials(server Server) *trials { return &trials{server} }

const textOID = 25

// query runs a statement that returns rows of binary columns.
func (t *trials) query(ctx context.Context, sql string, args [][]byte, types []uint32, formats []int16) ([][][]byte, error) {
	if t.server == nil {
		return nil, errors.New("there is no server to ask")
	}
	result := t.server.ExecParams(ctx, sql, args, types, formats, []int16{1})
	var rows [][][]byte
	for result.NextRow() {
		row := make([][]byte, len(result.Values()))
		for i, v := range result.Values() {
			if v != nil {
				row[i] = append([]byte{}, v...)
			}
		}
		rows = append(rows, row)
	}
	if _, err := result.Close(); err != nil {
		return nil, err
	}
	return rows, nil
}

// read turns texts into binary values of a type, as the server's input function does; nil for what it refuses.
func (t *trials) read(ctx context.Context, typeName string, texts []string) ([][]byte, error) {
	sql := "SELECT ($1::text)::" + typeName
	out := make([][]byte, len(texts))
	for i, text := range texts {
		rows, err := t.query(ctx, sql, [][]byte{[]byte(text)}, []uint32{textOID}, []int16{0})
		var refusal *pgconn.PgError
		switch {
		case err == nil && len(rows) == 1:
			out[i] = rows[0][0]
		case !errors.As(err, &refusal):
			return nil, err
		case strings.HasPrefix(refusal.Code, "57") || strings.HasPrefix(refusal.Code, "08"):
			return nil, err
		}
	}
	return out, nil
}

// guesses are texts that the input functions of types read which nobody here has heard of.
var guesses = []string{
	"1", "42", "3.14", "a", "abc", "word", "{}", "[]", "()", "(1,2)", "[1,2]", "(1,2,3)", "[1,2,3]", "1,2", "1..2", "1 .. 2", "1:2",
	"{1,2}", "{a}", `{"a": 1}`, "a=>1", "a.b.c", "1.0.0", "1.2.3-4", "2024-01-01", "12:00", "2024-01-01 00:00:00", "2024-01-01T00:00:00Z",
	"[2024-01-01,2024-02-01)", "[2024-01-01, 2024-02-01]", "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9", "2001:db8::1",
	"https://example.com/a", "user@example.com", "example.com", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", `\x00`, "00ff", "t", "POINT(1 2)",
	"POINT Z (1 2 3)", "LINESTRING(0 0,1 1)", "POLYGON((0 0,1 0,1 1,0 0))", "MULTIPOINT((0 0),(1 1))",
	"MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", "GEOMETRYCOLLECTION(POINT(1 2))", "<a/>", "1 USD", "USD 1",
	"10 kg", "10 m", "978-0-306-40615-7", "9780306406157", "0-306-40615-2", "0317-8471", "977-0317-847-00-1", "979-0-2600-0043-8",
	"M-2600-0043-8", "4006381333931", "036000291452", "US", "en_US", "P1D", "1 day", "0/0", "((0,0),(1,1))", "<(0,0),1>", "{0,1,0}",
	"GB82WEST12345698765432", "+14155552671", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "postgres=r/postgres", "0 0 1", "1 1 1 1", "#ff0000", "1/2",
	"1e0", "sha256:00", "N5EE", "[0,1,2]", "0.5,0.5", "fat & rat", "fat:1 rat:2", "$.a", "12345678901", "AA",
}

// makeUnknown makes values of a type that is not known here: what of the usual texts its input function reads, and
// variations of those with other digits and letters.
func (b *builder) makeUnknown(w wish) (*source, error) {
	if b.trials.server == nil {
		return nil, unfitf("no values are known for type %s, and there is no server to try some on", w.typ.Formatted)
	}
	name := w.typ.Formatted
	if !w.typ.Binary {
		if w.depth > 0 {
			return nil, unfitf("type %s has no binary form", w.typ.Formatted)
		}
		name += "::text"
	}
	texts := w.set.List
	if texts == nil {
		texts = guesses
	}
	v := &values{}
	seen := map[string]bool{}
	var good []string
	try := func(texts []string) error {
		read, err := b.trials.read(b.ctx, name, texts)
		if err != nil {
			return fmt.Errorf("try values of type %s: %w", name, err)
		}
		for i, value := range read {
			if value != nil && !seen[string(value)] {
				seen[string(value)] = true
				v.list = append(v.list, value)
				good = append(good, texts[i])
			}
		}
		return nil
	}
	if err := try(texts); err != nil {
		return nil, err
	}
	if len(good) == 0 {
		return nil, unfitf("none of the texts tried is a value of type %s", w.typ.Formatted)
	}
	if w.set.List == nil {
		// Mostly variations of the one that says most.
		wanted := 200
		if w.distinct {
			wanted = 2000
		}
		if err := try(variations(good, wanted, w.stream.Key())); err != nil {
			return nil, err
		}
	}
	return &source{maker: v, domain: v, width: 16, cast: !w.typ.Binary, from: "texts that its input function reads"}, nil
}

// variations changes the digits and letters of texts.
func variations(texts []string, n int, key uint64) []string {
	random := rand.New(rand.NewPCG(key, 1))
	var out []string
	for i := range n {
		letters := []byte(texts[i%len(texts)])
		for j, c := range letters {
			switch {
			case random.IntN(3) == 0:
			case c >= '0' && c <= '9':
				letters[j] = '0' + byte(random.IntN(10))
			case c >= 'a' && c <= 'z' && len(texts) < 4:
				letters[j] = 'a' + byte(random.IntN(26))
			}
		}
		out = append(out, string(letters))
		if number, err := strconv.Atoi(texts[i%len(texts)]); err == nil {
			out = append(out, strconv.Itoa(number+i))
		}
	}
	return out
}
