package value

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/pgassay/pgassay/schema"
)

// Columns works out how the columns of a table are filled. So far it knows whole numbers, text, truth values and
// timestamps.
func Columns(_ context.Context, r Request) (*Solution, error) {
	s := &Solution{Columns: map[string]Column{}}
	faker := gofakeit.New(int64(r.Seed) | 1)
	names := pool(500, faker.Username)
	sentences := pool(500, func() string { return faker.Sentence(9) })
	for _, c := range r.Table.Columns {
		if _, given := r.Given[c.Name]; given || c.Generated != "" {
			continue
		}
		distinct := false
		for _, d := range r.Distinct {
			distinct = distinct || d.Column == c.Name
		}
		g := basic(c, NewStream(r.Seed, r.Table.QualifiedName(), c.Name), r, distinct, names, sentences)
		switch {
		case g != nil:
			s.Columns[c.Name] = Column{Generator: g, From: "its type " + c.Type, Width: 30}
		case c.NotNull && c.Default == "":
			s.Unsolved = append(s.Unsolved, Unsolved{Column: c.Name, Reason: "no values are known for type " + c.Type})
		}
	}
	return s, nil
}

type basicFunc func(dst []byte, row uint64) ([]byte, bool)

func (f basicFunc) Append(dst []byte, row uint64) ([]byte, bool) { return f(dst, row) }

func pool(n int, next func() string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = next()
	}
	return all
}

func basic(c *schema.Column, stream Stream, r Request, distinct bool, names, sentences []string) Generator {
	switch c.Type {
	case "bigint":
		return basicFunc(func(dst []byte, row uint64) ([]byte, bool) { return binary.BigEndian.AppendUint64(dst, row+1), false })
	case "integer":
		return basicFunc(func(dst []byte, row uint64) ([]byte, bool) {
			return binary.BigEndian.AppendUint32(dst, uint32(row+1)), false
		})
	case "boolean":
		return basicFunc(func(dst []byte, row uint64) ([]byte, bool) {
			s := stream.At(row)
			return append(dst, byte(s.Below(2))), false
		})
	case "timestamp with time zone", "timestamp without time zone":
		// Older rows are older: half a second to ten seconds apart, before the present.
		age := uint64(r.Present.Unix()-946684800) * 1_000_000
		span := min(age/2, (r.First+r.Rows)*10_000_000)
		return basicFunc(func(dst []byte, row uint64) ([]byte, bool) {
			return binary.BigEndian.AppendUint64(dst, age-span+span/(r.First+r.Rows)*row), false
		})
	case "text":
	default:
		return nil
	}
	body := strings.Contains(c.Name, "body")
	return basicFunc(func(dst []byte, row uint64) ([]byte, bool) {
		s := stream.At(row)
		switch {
		case distinct:
			dst = fmt.Appendf(append(dst, names[s.Intn(len(names))]...), "%d", row)
			if c.Name == "email" {
				dst = append(dst, "@example.com"...)
			}
			return dst, false
		case body:
			for range 3 + s.Below(4) {
				dst = append(append(dst, sentences[s.Intn(len(sentences))]...), ' ')
			}
			return dst[:len(dst)-1], false
		}
		return append(dst, sentences[s.Intn(len(sentences))]...), false
	})
}

// DomainOf gives the values that a column may have as a set to build keys from, or nil.
func DomainOf(_ context.Context, r Request, column string, _ Bound) (Domain, string, error) {
	c := r.Table.Column(column)
	size := uint64(Unlimited)
	if c.Type == "boolean" {
		size = 2
	}
	g := basic(c, Stream{}, r, true, []string{"v"}, nil)
	if g == nil {
		return nil, "", nil
	}
	if c.Type == "boolean" {
		g = basicFunc(func(dst []byte, row uint64) ([]byte, bool) { return append(dst, byte(row&1)), false })
	}
	return basicDomain{g, size}, "its type " + c.Type, nil
}

type basicDomain struct {
	Generator
	size uint64
}

func (d basicDomain) Size() uint64 { return d.size }

func (d basicDomain) Append(dst []byte, index uint64) []byte {
	dst, _ = d.Generator.Append(dst, index)
	return dst
}
