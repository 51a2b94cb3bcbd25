package value

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/solve"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// mine tries combinations of values that the checks themselves speak of, beside usual ones and nulls, and keeps those that
// pass. It tells whether some did.
func (a *assembly) mine(c *cluster, checks []tableCheck) (bool, error) {
	names := a.whole(c.names)
	candidates := make([][][]byte, len(names))
	for i, name := range names {
		list, err := a.candidates(name, checks)
		if err != nil {
			return false, err
		}
		if len(list) == 0 {
			return false, nil
		}
		candidates[i] = list
	}
	pool := &tuplePool{stream: a.stream("tuples " + names[0])}
	keep := func(tuples map[string][][]byte, count int) error {
		rows := make([]uint64, count)
		for i := range rows {
			rows[i] = a.request.First
		}
		verdicts, err := a.judge(checks, rows, tuples)
		if err != nil {
			return err
		}
		for i := range rows {
			if !good(verdicts, i) {
				continue
			}
			row := make([][]byte, len(names))
			for j, name := range names {
				row[j] = tuples[name][i]
			}
			pool.rows = append(pool.rows, row)
		}
		return nil
	}
	known, err := a.known(names)
	if err != nil {
		return false, err
	}
	there := map[string][][]byte{}
	for _, row := range known {
		for j, name := range names {
			there[name] = append(there[name], row[j])
		}
	}
	if err := keep(there, len(known)); err != nil {
		return false, err
	}
	source := rand.New(rand.NewPCG(a.seed, uint64(len(names))))
	const batch, rounds, enough = 400, 12, 200
	for range rounds {
		if a.spent > 2*patience || len(pool.rows) >= enough {
			break
		}
		tuples := map[string][][]byte{}
		count := a.atOnce(batch)
		for range count {
			for j, name := range names {
				tuples[name] = append(tuples[name], candidates[j][source.IntN(len(candidates[j]))])
			}
		}
		if err := keep(tuples, count); err != nil {
			return false, err
		}
	}
	if len(pool.rows) == 0 {
		return false, nil
	}
	pool.rows = fullest(pool.rows)
	g := &group{names: names, tuples: pool}
	for place, name := range names {
		a.republish(g, place, name, "values that satisfy the checks")
	}
	return true, nil
}

// fullest keeps the tuples with the fewest nulls, and some of the others: a constraint that nulls satisfy is satisfied by
// values, too, where some were found.
func fullest(rows [][][]byte) [][][]byte {
	nulls := func(row [][]byte) int {
		n := 0
		for _, v := range row {
			if v == nil {
				n++
			}
		}
		return n
	}
	fewest := nulls(slices.MinFunc(rows, func(a, b [][]byte) int { return nulls(a) - nulls(b) }))
	var out, rest [][][]byte
	for _, row := range rows {
		if nulls(row) == fewest {
			out = append(out, row)
		} else {
			rest = append(rest, row)
		}
	}
	return append(out, rest[:min(len(rest), len(out)/5)]...)
}

// candidates lists values to try for a column: usual ones, constants of the checks and what is next to them, null.
func (a *assembly) candidates(name string, checks []tableCheck) ([][]byte, error) {
	pc := a.puzzle.columns[name]
	var out [][]byte
	add := func(v []byte) {
		if !slices.ContainsFunc(out, func(other []byte) bool { return string(other) == string(v) && (other == nil) == (v == nil) }) {
			out = append(out, v)
		}
	}
	if !pc.column.NotNull && !a.db.RefusesNull(pc.column.TypeOID) {
		out = append(out, nil)
	}
	w := pc.wish
	if w.typ == nil {
		return out, nil
	}
	defaults, err := a.defaultOf(name)
	if err != nil {
		return nil, err
	}
	for _, v := range defaults {
		if v != nil {
			add(v)
		}
	}
	w.set.Null, w.set.Some = false, true
	if src, err := a.make(w); err == nil && !src.cast {
		stream := random.NewStream(a.seed, a.table, "candidates "+name)
		for i := range uint64(25) {
			add(src.maker.make(nil, i, stream.At(i)))
		}
		if src.draw != nil {
			for i := range uint64(60) {
				for _, tick := range roundTicks(src.order, src.draw.ticks(stream.At(i))) {
					if src.order.All().Contains(tick) {
						add(src.order.append(nil, tick))
					}
				}
			}
		}
	}
	if a.puzzle.documents[name] != nil { // what its leaves are made like
		for i := range uint64(25) {
			if v, null := a.value(name, a.request.First+i); !null {
				add(v)
			}
		}
	}
	var texts []string
	for _, c := range checks {
		if c.expr == nil || !slices.Contains(c.columns, name) {
			continue
		}
		texts = append(texts, a.mined(c.expr, pc)...)
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if len(texts) > 400 {
		texts = texts[:400]
	}
	typeName := pc.typ.Formatted
	if !pc.typ.Binary {
		return out, nil
	}
	read, err := a.trials.read(a.ctx, typeName, texts)
	if err != nil {
		return nil, err
	}
	for _, v := range read {
		if v != nil {
			add(v)
		}
	}
	return out, nil
}

// mined gives texts of values for a column from the constants of an expression.
func (a *assembly) mined(x *check.Expr, pc *puzzleColumn) []string {
	var constants, keys []string
	var walk func(x *check.Expr)
	walk = func(x *check.Expr) {
		if x == nil {
			return
		}
		if x.Kind == check.Literal && (x.Form == check.String || x.Form == check.Number) {
			constants = append(constants, x.Text)
		}
		if x.Kind == check.Operator && len(x.Args) == 2 && (strings.HasPrefix(x.Name, "->") || x.Name == "?") {
			if key := strip(x.Args[1]); key.Kind == check.Literal {
				keys = append(keys, key.Text)
			}
		}
		for _, arg := range x.Args {
			walk(arg)
		}
	}
	walk(x)
	texts := slices.Clone(constants)
	switch {
	case pc.typ.Name == "json" || pc.typ.Name == "jsonb":
		texts = append(texts, documents(keys, constants)...)
	case pc.typ.Name == "geometry" || pc.typ.Name == "geography":
		texts = append(texts, shapes(constants)...)
	case pc.typ.Kind == schema.ArrayType:
		for _, c := range constants {
			quoted, _ := json.Marshal(c)
			texts = append(texts, "{"+string(quoted)+"}")
		}
		texts = append(texts, "{}")
	case pc.order != nil:
		for _, c := range constants {
			texts = append(texts, nextTo(c)...)
		}
		texts = append(texts, "0", "1", "-1", "100", "2024-01-01", "2025-06-15")
	default:
		for i, c := range constants {
			texts = append(texts, strings.ToUpper(c), strings.ToLower(c), c+"1", "a"+c)
			for _, d := range constants[:min(i, 6)] {
				texts = append(texts, c+d, d+c)
			}
		}
		texts = append(texts, "", "a", "A", "1", "abc", "ABC", "a1", "12345", "a-b", "a_b", "a@example.com", "https://example.com/")
	}
	return texts
}

// roundTicks gives values near one that are round: the first of the month, a full hour, a whole number.
func roundTicks(o *ordered, tick int64) []int64 {
	switch o.Unit {
	case solve.Date, solve.Timestamp, solve.TimestampTZ:
		unit := int64(1)
		if o.Unit == solve.Date {
			unit = day
		}
		t := clock(tick * unit)
		year, month, date := t.Date()
		var out []int64
		for _, round := range []time.Time{
			t.Truncate(time.Hour), time.Date(year, month, date, 0, 0, 0, 0, time.UTC), time.Date(year, month, 1, 0, 0, 0, 0, time.UTC),
			time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(year, month, date-(int(t.Weekday())+6)%7, 0, 0, 0, 0, time.UTC),
			time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC),
		} {
			out = append(out, (round.UnixMicro()-epochMicros)/unit)
		}
		return out
	case solve.Time, solve.Interval:
		return []int64{floorTo(tick, hour), floorTo(tick, minute), floorTo(tick, day)}
	case solve.Number:
		power := int64(1)
		if o.Scale > 0 {
			power = wire.PowersOfTen[min(o.Scale, 18)]
		}
		return []int64{floorTo(tick, power), floorTo(tick, 10*power), tick / 100, -tick, tick % (10 * power)}
	}
	return nil
}

func strip(x *check.Expr) *check.Expr {
	for x.Kind == check.Cast {
		x = x.Args[0]
	}
	return x
}

// nextTo gives the whole numbers beside one.
func nextTo(text string) []string {
	n, err := parseInt(text)
	if err != nil {
		return nil
	}
	return []string{formatInt(n - 1), formatInt(n + 1), formatInt(n * 2), formatInt(n / 2)}
}

// documents builds JSON with the keys and constants that a check speaks of.
func documents(keys, constants []string) []string {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	var values []any
	for _, c := range constants {
		values = append(values, c)
	}
	values = append(values, 1, "a", true, []any{}, map[string]any{}, []any{"a"})
	texts := []string{"{}", "[]", `"a"`, "1", "true", "null", `["a"]`, `[{}]`}
	source := rand.New(rand.NewPCG(1, uint64(len(values))))
	for range 150 {
		document := map[string]any{}
		for _, key := range keys {
			if source.IntN(6) > 0 {
				document[key] = values[source.IntN(len(values))]
			}
		}
		text, err := json.Marshal(document)
		if err == nil {
			texts = append(texts, string(text))
		}
	}
	return texts
}
