package check

import (
	"crypto/md5"
	"encoding/hex"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/value/pattern"
)

// call evaluates a function.
func (e *Evaluator) call(x *Expr) (Value, error) {
	switch x.Name { // those that are not strict
	case "coalesce":
		for _, arg := range x.Args {
			if v, err := e.Eval(arg); err != nil || v != nil {
				return v, err
			}
		}
		return nil, nil
	case "nullif":
		return e.nullIf(x)
	case "greatest", "least":
		return e.extreme(x)
	case "num_nulls", "num_nonnulls":
		return e.countNulls(x)
	case "concat":
		return e.concat(x)
	case "now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "localtimestamp", "current_date":
		return e.now(x.Name)
	}
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	for _, arg := range args {
		if arg == nil {
			if x.Name == "array_position" || x.Name == "array_remove" || x.Name == "array_append" || strings.Contains(x.Name, ".") {
				return nil, cannot("function " + x.Name)
			}
			return nil, nil
		}
	}
	return e.strict(x.Name, args)
}

// strict evaluates the functions that give null if an argument is null.
func (e *Evaluator) strict(name string, args []Value) (Value, error) {
	if len(args) == 0 {
		return nil, cannot("function " + name)
	}
	if s, ok := text(args[0]); ok {
		if v, err, known := textFunction(name, s, args); known {
			return v, err
		}
	}
	switch first := args[0].(type) {
	case List:
		if v, err, known := arrayFunction(name, first, args); known {
			return v, err
		}
	case Num:
		if v, err, known := numberFunction(name, first, args); known {
			return v, err
		}
	case float64:
		switch name {
		case "abs":
			return math.Abs(first), nil
		case "ceil", "ceiling":
			return math.Ceil(first), nil
		case "floor":
			return math.Floor(first), nil
		case "trunc":
			return math.Trunc(first), nil
		case "round":
			return math.RoundToEven(first), nil
		case "sign":
			if first == 0 {
				return 0.0, nil
			}
			return math.Copysign(1, first), nil
		}
	case Document:
		switch name {
		case "jsonb_typeof", "json_typeof":
			return first.kind(), nil
		case "jsonb_array_length", "json_array_length":
			if list, ok := first.Root.([]any); ok {
				return Integer(int64(len(list))), nil
			}
		case "jsonb_exists":
			if key, ok := text(at(args, 1)); ok {
				return first.has(key), nil
			}
		}
	case Bounds:
		if v, known := rangeFunction(name, first); known {
			return v, nil
		}
	case Date, Timestamp, TimestampTZ:
		switch name {
		case "isfinite":
			micros, _ := instant(first)
			return micros != infinite && micros != -infinite, nil
		case "timestamp", "timestamptz", "date":
			return castInstant(first, map[string]string{
				"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone", "date": "date",
			}[name])
		}
	}
	if len(args) == 2 {
		return e.dateFunction(name, args[0], args[1])
	}
	return nil, cannot("function " + name)
}

// dateFunction evaluates those whose first argument is the name of a field or a time zone.
func (e *Evaluator) dateFunction(name string, first, second Value) (Value, error) {
	field, ok := text(first)
	if !ok {
		return nil, cannot("function " + name)
	}
	switch name {
	case "extract", "date_part":
		v, err := extract(strings.ToLower(field), second)
		if n, ok := v.(Num); ok && name == "date_part" {
			f, _ := n.R.Float64()
			return f, nil
		}
		return v, err
	case "date_trunc":
		return truncate(strings.ToLower(field), second)
	case "timezone":
		if !strings.EqualFold(field, "utc") {
			return nil, cannot("time zone " + field)
		}
		switch v := second.(type) {
		case Timestamp:
			return TimestampTZ(v), nil
		case TimestampTZ:
			return Timestamp(v), nil
		}
	}
	return nil, cannot("function " + name)
}

func (e *Evaluator) nullIf(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil || len(args) != 2 || args[0] == nil || args[1] == nil {
		return first2(args), err
	}
	equal, err := Equal(args[0], args[1])
	if err != nil || equal {
		return nil, err
	}
	return args[0], nil
}

func first2(args []Value) Value {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

func (e *Evaluator) extreme(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	var best Value
	for _, arg := range args {
		if arg == nil {
			continue
		}
		if best == nil {
			best = arg
			continue
		}
		order, err := Compare(arg, best)
		if err != nil {
			return nil, err
		}
		if x.Name == "greatest" && order > 0 || x.Name == "least" && order < 0 {
			best = arg
		}
	}
	return best, nil
}

func (e *Evaluator) countNulls(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	if len(x.Args) == 1 && x.Args[0].Kind == Array { // VARIADIC ARRAY[…]
		if list, ok := args[0].(List); ok {
			args = list.Items
		}
	}
	nulls := int64(0)
	for _, arg := range args {
		if arg == nil {
			nulls++
		}
	}
	if x.Name == "num_nulls" {
		return Integer(nulls), nil
	}
	return Integer(int64(len(args)) - nulls), nil
}

func (e *Evaluator) concat(x *Expr) (Value, error) {
	args, err := e.all(x.Args)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	for _, arg := range args {
		if arg == nil {
			continue
		}
		s, ok := text(arg)
		if !ok {
			return nil, cannot("concat")
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

func (e *Evaluator) now(name string) (Value, error) {
	if e.Present.IsZero() {
		return nil, cannot(name)
	}
	micros := e.Present.UnixMicro() - epoch.UnixMicro()
	switch name {
	case "current_date":
		return Date(floorDiv(micros, microsPerDay)), nil
	case "localtimestamp":
		return Timestamp(micros), nil
	}
	return TimestampTZ(micros), nil
}

// number gives the argument at a place as an int.
func number64(args []Value, at int) (int64, bool) {
	if at >= len(args) {
		return 0, false
	}
	n, ok := args[at].(Num)
	if !ok || !n.R.IsInt() || !n.R.Num().IsInt64() {
		return 0, false
	}
	return n.R.Num().Int64(), true
}

func textFunction(name, s string, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	second := func() (string, bool) {
		if len(args) < 2 {
			return " ", true
		}
		return text(at(args, 1))
	}
	switch name {
	case "length", "char_length", "character_length":
		return Integer(int64(utf8.RuneCountInString(s))), nil, len(args) == 1
	case "octet_length":
		return Integer(int64(len(s))), nil, true
	case "bit_length":
		return Integer(int64(len(s) * 8)), nil, true
	case "lower", "upper", "initcap":
		if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
			return nil, cannot("case beyond ASCII"), true
		}
		switch name {
		case "lower":
			return strings.ToLower(s), nil, true
		case "upper":
			return strings.ToUpper(s), nil, true
		}
		return initialCapitals(s), nil, true
	case "btrim", "ltrim", "rtrim":
		set, ok := second()
		if !ok {
			return nil, nil, false
		}
		if name != "rtrim" {
			s = strings.TrimLeft(s, set)
		}
		if name != "ltrim" {
			s = strings.TrimRight(s, set)
		}
		return s, nil, true
	case "text", "varchar", "bpchar", "name":
		return s, nil, len(args) == 1
	case "position", "strpos":
		part, ok := second()
		if !ok {
			return nil, nil, false
		}
		at := strings.Index(s, part)
		if at >= 0 {
			at = utf8.RuneCountInString(s[:at])
		}
		return Integer(int64(at + 1)), nil, true
	case "starts_with":
		part, ok := second()
		return strings.HasPrefix(s, part), nil, ok
	case "reverse":
		letters := []rune(s)
		for i, j := 0, len(letters)-1; i < j; i, j = i+1, j-1 {
			letters[i], letters[j] = letters[j], letters[i]
		}
		return string(letters), nil, true
	case "md5":
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:]), nil, true
	case "ascii":
		r, _ := utf8.DecodeRuneInString(s)
		if s == "" {
			r = 0
		}
		return Integer(int64(r)), nil, true
	case "substr", "substring", "left", "right":
		v, known = part(name, s, args)
		return v, nil, known
	case "replace":
		if len(args) == 3 {
			from, ok := text(at(args, 1))
			to, ok2 := text(at(args, 2))
			if ok && ok2 && from != "" {
				return strings.ReplaceAll(s, from, to), nil, true
			}
		}
	case "split_part":
		if by, ok := second(); ok && by != "" {
			if n, ok := number64(args, 2); ok && n > 0 {
				parts := strings.Split(s, by)
				if n > int64(len(parts)) {
					return "", nil, true
				}
				return parts[n-1], nil, true
			}
		}
	case "similar_to_escape", "similar_escape":
		escape := `\`
		if len(args) > 1 {
			escape, _ = text(at(args, 1))
		}
		return pattern.Similar(s, escape), nil, true
	case "like_escape":
		escape, ok := second()
		if ok && escape == `\` {
			return s, nil, true
		}
		if ok && len(escape) == 1 {
			return likeEscape(s, escape[0]), nil, true
		}
	}
	return nil, nil, false
}

// likeEscape rewrites a LIKE pattern with an escape character of its own to one with a backslash.
func likeEscape(s string, escape byte) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == escape && i+1 < len(s):
			i++
			out.WriteByte('\\')
			out.WriteByte(s[i])
		case s[i] == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

func initialCapitals(s string) string {
	b := []byte(strings.ToLower(s))
	inside := false
	for i, c := range b {
		letter := c >= 'a' && c <= 'z' || isDigit(c)
		if letter && !inside && c >= 'a' {
			b[i] = c - 'a' + 'A'
		}
		inside = letter
	}
	return string(b)
}

func part(name, s string, args []Value) (Value, bool) {
	letters := []rune(s)
	size := int64(len(letters))
	from, ok := number64(args, 1)
	if !ok {
		return nil, false
	}
	switch name {
	case "left":
		if from < 0 {
			from = max(0, size+from)
		}
		return string(letters[:min(size, from)]), true
	case "right":
		if from < 0 {
			return string(letters[min(size, -from):]), true
		}
		return string(letters[max(0, size-from):]), true
	}
	end := size + 1
	if len(args) > 2 {
		n, ok := number64(args, 2)
		if !ok || n < 0 {
			return nil, false
		}
		end = min(end, from+n)
	}
	from = max(1, from)
	if from >= end {
		return "", true
	}
	return string(letters[from-1 : end-1]), true
}

func arrayFunction(name string, list List, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	size := int64(len(list.Items))
	switch name {
	case "cardinality":
		return Integer(size), nil, true
	case "array_length", "array_upper", "array_lower":
		dimension, ok := number64(args, 1)
		if !ok {
			return nil, nil, false
		}
		if size == 0 || dimension != 1 {
			return nil, nil, true
		}
		if name == "array_lower" {
			return Integer(1), nil, true
		}
		return Integer(size), nil, true
	case "array_ndims":
		if size == 0 {
			return nil, nil, true
		}
		return Integer(1), nil, true
	case "array_position":
		for i, item := range list.Items {
			if item == nil {
				continue
			}
			equal, err := Equal(item, at(args, 1))
			if err != nil {
				return nil, err, true
			}
			if equal {
				return Integer(int64(i + 1)), nil, true
			}
		}
		return nil, nil, true
	}
	return nil, nil, false
}

func numberFunction(name string, n Num, args []Value) (v Value, err error, known bool) { //nolint:revive // known says more
	decimals, _ := number64(args, 1)
	switch name {
	case "abs":
		return Num{new(big.Rat).Abs(n.R), n.Integer}, nil, true
	case "sign":
		return Num{new(big.Rat).SetInt64(int64(n.R.Sign())), n.Integer}, nil, true
	case "ceil", "ceiling", "floor", "trunc", "round":
		if decimals < 0 || decimals > 30 {
			return nil, nil, false
		}
		return Num{R: toDecimals(name, n.R, int(decimals))}, nil, true
	case "mod":
		if other, ok := at(args, 1).(Num); ok {
			v, err := exact("%", n, other)
			return v, err, true
		}
	case "int4", "int8", "int2":
		return Num{roundRat(n.R, 0), true}, nil, true
	case "numeric":
		return Num{R: n.R}, nil, len(args) == 1
	case "float8":
		f, _ := n.R.Float64()
		return f, nil, true
	case "power", "pow":
		if other, ok := at(args, 1).(Num); ok && !(n.Integer && other.Integer) {
			v, err := exact("^", n, other)
			return v, err, true
		}
	}
	return nil, nil, false
}

func toDecimals(name string, r *big.Rat, decimals int) *big.Rat {
	if name == "round" {
		return roundRat(r, decimals)
	}
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	scaled := new(big.Rat).Mul(r, power)
	whole := new(big.Rat).SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom())) // towards zero
	switch order := scaled.Cmp(whole); {
	case order > 0 && (name == "ceil" || name == "ceiling"):
		whole.Add(whole, big.NewRat(1, 1))
	case order < 0 && name == "floor":
		whole.Sub(whole, big.NewRat(1, 1))
	}
	return whole.Quo(whole, power)
}

func rangeFunction(name string, r Bounds) (v Value, known bool) {
	switch name {
	case "isempty":
		return r.Empty, true
	case "lower":
		return r.Lower, true
	case "upper":
		return r.Upper, true
	case "lower_inf":
		return !r.Empty && r.Lower == nil, true
	case "upper_inf":
		return !r.Empty && r.Upper == nil, true
	case "lower_inc":
		return !r.Empty && r.Lower != nil && r.LowerInclusive, true
	case "upper_inc":
		return !r.Empty && r.Upper != nil && r.UpperInclusive, true
	}
	return nil, false
}

// clock gives an instant as a time in UTC.
func clock(micros int64) time.Time { return time.UnixMicro(micros + epoch.UnixMicro()).UTC() }

func addMonths(year, month, day int, months int64) int64 {
	total := int64(year)*12 + int64(month-1) + months
	y, m := int(floorDiv(total, 12)), time.Month(total-floorDiv(total, 12)*12+1)
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	t := time.Date(y, m, min(day, last), 0, 0, 0, 0, time.UTC)
	return floorDiv(t.Unix()-epoch.Unix(), 86400)
}

// extract gives a field of a date, timestamp, time or interval.
func extract(field string, from Value) (Value, error) {
	if field == "epoch" {
		if i, ok := from.(Interval); ok && i.Months == 0 {
			return Decimal(i.Days*microsPerDay+i.Micros, 6), nil
		}
	}
	if i, ok := from.(Interval); ok {
		switch field {
		case "year":
			return Integer(i.Months / 12), nil
		case "month":
			return Integer(i.Months % 12), nil
		case "day":
			return Integer(i.Days), nil
		case "hour":
			return Integer(i.Micros / (3600 * microsPerSecond)), nil
		case "minute":
			return Integer(i.Micros / (60 * microsPerSecond) % 60), nil
		case "second":
			return Decimal(i.Micros%(60*microsPerSecond), 6), nil
		}
		return nil, cannot("extract")
	}
	micros, ok := instant(from)
	if t, isTime := from.(Time); isTime {
		micros, ok = int64(t), true
	}
	if !ok || micros == infinite || micros == -infinite {
		return nil, cannot("extract")
	}
	t := clock(micros)
	switch field {
	case "hour":
		return Integer(int64(t.Hour())), nil
	case "minute":
		return Integer(int64(t.Minute())), nil
	case "second", "seconds":
		return Decimal(micros-floorDiv(micros, 60*microsPerSecond)*60*microsPerSecond, 6), nil
	case "milliseconds":
		return Decimal(micros-floorDiv(micros, 60*microsPerSecond)*60*microsPerSecond, 3), nil
	case "microseconds":
		return Integer(micros - floorDiv(micros, 60*microsPerSecond)*60*microsPerSecond), nil
	}
	if _, isTime := from.(Time); isTime {
		return nil, cannot("extract")
	}
	year, week := t.ISOWeek()
	switch field {
	case "year":
		return Integer(int64(t.Year())), nil
	case "month":
		return Integer(int64(t.Month())), nil
	case "day":
		return Integer(int64(t.Day())), nil
	case "quarter":
		return Integer(int64(t.Month()-1)/3 + 1), nil
	case "dow":
		return Integer(int64(t.Weekday())), nil
	case "isodow":
		return Integer(int64(t.Weekday()+6)%7 + 1), nil
	case "doy":
		return Integer(int64(t.YearDay())), nil
	case "week":
		return Integer(int64(week)), nil
	case "isoyear":
		return Integer(int64(year)), nil
	case "decade":
		return Integer(floorDiv(int64(t.Year()), 10)), nil
	case "epoch":
		return Decimal(t.UnixMicro(), 6), nil
	}
	return nil, cannot("extract " + field)
}

// truncate is date_trunc.
func truncate(field string, from Value) (Value, error) {
	micros, ok := instant(from)
	if !ok || micros == infinite || micros == -infinite {
		return nil, cannot("date_trunc")
	}
	t := clock(micros)
	year, month, day := t.Date()
	switch field {
	case "microseconds":
	case "milliseconds":
		micros = floorDiv(micros, 1000) * 1000
	case "second":
		micros = floorDiv(micros, microsPerSecond) * microsPerSecond
	case "minute":
		micros = floorDiv(micros, 60*microsPerSecond) * 60 * microsPerSecond
	case "hour":
		micros = floorDiv(micros, 3600*microsPerSecond) * 3600 * microsPerSecond
	case "day":
		micros = floorDiv(micros, microsPerDay) * microsPerDay
	case "week", "month", "quarter", "year":
		switch field {
		case "week":
			day -= (int(t.Weekday()) + 6) % 7
		case "month":
			day = 1
		case "quarter":
			month, day = (month-1)/3*3+1, 1
		case "year":
			month, day = 1, 1
		}
		micros = time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMicro() - epoch.UnixMicro()
	default:
		return nil, cannot("date_trunc " + field)
	}
	if _, ok := from.(Timestamp); ok {
		return Timestamp(micros), nil
	}
	return TimestampTZ(micros), nil // of a date too
}

// at is the argument at a place, or nil.
func at(args []Value, place int) Value {
	if place >= len(args) {
		return nil
	}
	return args[place]
}
