// Package units writes durations, sizes and counts the way that people read them. Machines get raw numbers, never these.
package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Bytes writes a size with binary units and at most one decimal: 0 B, 812 B, 1.5 KiB, 600 MiB.
func Bytes(n int64) string {
	if n < 0 {
		return "-" + Bytes(-n)
	}
	const names = "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1023.95 && unit < len(names)-1 {
		value /= 1024
		unit++
	}
	return short(value) + " " + names[unit:unit+1] + "iB"
}

// Count writes a whole number with thousands separated: 1,234,567.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return sign + string(out)
}

// Plural writes a number of things: 1 table, 1,200 tables. A noun in several words ends in its first one's s:
// 2 circles of keys.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	first, rest, _ := strings.Cut(noun, " of ")
	if rest != "" {
		rest = " of " + rest
	}
	return Count(int64(n)) + " " + first + "s" + rest
}

// Rate writes a rate per second with a decimal prefix: 12/s, 4.6k/s, 1.2M/s.
func Rate(perSecond float64) string {
	switch {
	case math.IsNaN(perSecond) || math.IsInf(perSecond, 0):
		return "-"
	case perSecond >= 999_950:
		return short(perSecond/1e6) + "M/s"
	case perSecond >= 999.95:
		return short(perSecond/1e3) + "k/s"
	}
	return short(perSecond) + "/s"
}

// Duration writes a duration with three significant digits: 950 ns, 12.3 µs, 4.56 ms, 7.8 s, 2m05s, 3h20m.
func Duration(d time.Duration) string {
	switch abs := d.Abs(); {
	case abs < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case abs < 999_500*time.Nanosecond: // what rounds to 1000 µs is written 1.00 ms
		return significant(float64(d)/float64(time.Microsecond)) + " µs"
	case abs < 999_500*time.Microsecond:
		return significant(float64(d)/float64(time.Millisecond)) + " ms"
	case abs < time.Minute:
		return significant(d.Seconds()) + " s"
	case abs < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// Percent writes a share between 0 and 1 as a percentage: 0%, 0.4%, 12.3%, 100%.
func Percent(share float64) string { return short(share*100) + "%" }

// short writes at most one decimal, and none where it would be zero.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// significant writes three significant digits without an exponent.
func significant(v float64) string {
	switch abs := math.Abs(v); {
	case abs >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case abs >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
