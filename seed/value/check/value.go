package check

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"
)

// Value is a value of SQL: nil for NULL, else one of
//
//	bool                          boolean
//	Num                           the integers, numeric, money (in units)
//	float64                       real, double precision
//	string                        text, character varying, name, citext, xml
//	Padded                        character
//	Date, Time, Timestamp, TimestampTZ, Interval
//	Label                         an enum's value
//	List                          an array of one dimension
//	Document                      json, jsonb
//	Bounds                        a range
//	Other                         any other type, in text form
type Value any

// Num is an exact number. Integer division cuts off.
type Num struct {
	R       *big.Rat
	Integer bool
}

// Date is days since 2000-01-01.
type Date int64

// Time is microseconds since midnight.
type Time int64

// Timestamp is microseconds since 2000-01-01 00:00.
type Timestamp int64

// TimestampTZ is microseconds since 2000-01-01 00:00 UTC.
type TimestampTZ int64

// Interval is an interval.
type Interval struct {
	Months, Days int64
	Micros       int64
}

// Label is a label of an enum type, with its place among the type's labels.
type Label struct {
	Text  string
	Place int
}

// List is an array of one dimension.
type List struct {
	Items []Value
}

// Bounds is a range.
type Bounds struct {
	Empty                          bool
	Lower, Upper                   Value // nil: unbounded
	LowerInclusive, UpperInclusive bool
}

// Padded is a value of character(n), without the blanks that it is filled up with. Only pattern operators see those.
type Padded struct {
	Text  string
	Width int
}

// Other is a value of a type that is not known here.
type Other struct{ Text string }

// Untyped is a constant in quotes whose type follows from what it is compared with.
type Untyped struct{ Text string }

// ErrCannot is wrapped where the answer is not known here, only to the server.
var ErrCannot = errors.New("cannot be evaluated here")

// errRaises is wrapped, beside ErrCannot, where the server would most likely raise an error.
var errRaises = errors.New("invalid input")

func raises(what string) error { return fmt.Errorf("%s: %w: %w", what, errRaises, ErrCannot) }

func cannot(what string) error { return fmt.Errorf("%s: %w", what, ErrCannot) }

// Integer makes a Num of an integer.
func Integer(n int64) Num { return Num{new(big.Rat).SetInt64(n), true} }

// Decimal makes a Num of ticks × 10^-scale.
func Decimal(ticks int64, scale int) Num {
	r := new(big.Rat).SetInt64(ticks)
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
	if scale > 0 {
		r.Quo(r, power)
	} else {
		r.Mul(r, power)
	}
	return Num{R: r}
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	microsPerDay    = 24 * 60 * 60 * 1_000_000
	microsPerSecond = 1_000_000
	infinite        = math.MaxInt64 // infinity of dates and timestamps; its negative is -infinity
)
