package check

import (
	"strings"
	"time"
)

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

// extract gives a field of a date, timestamp, time or interval.
func extract(field string, from Value) (Value, error) {
	if i, ok := from.(Interval); ok {
		return fieldOfInterval(field, i)
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
	return fieldOfDate(field, t)
}

// fieldOfDate gives a field of a date.
func fieldOfDate(field string, t time.Time) (Value, error) {
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

// fieldOfInterval gives a field of an interval; its length in seconds only if it has no months.
func fieldOfInterval(field string, i Interval) (Value, error) {
	switch field {
	case "epoch":
		if i.Months == 0 {
			return Decimal(i.Days*microsPerDay+i.Micros, 6), nil
		}
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

// clock gives an instant as a time in UTC.
func clock(micros int64) time.Time { return time.UnixMicro(micros + epoch.UnixMicro()).UTC() }

func addMonths(year, month, day int, months int64) int64 {
	total := int64(year)*12 + int64(month-1) + months
	y, m := int(floorDiv(total, 12)), time.Month(total-floorDiv(total, 12)*12+1)
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	t := time.Date(y, m, min(day, last), 0, 0, 0, 0, time.UTC)
	return floorDiv(t.Unix()-epoch.Unix(), 86400)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
