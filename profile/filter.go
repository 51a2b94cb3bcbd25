package profile

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	pprof "github.com/google/pprof/profile"
)

// Filter keeps some of a profile's samples and frames, as the pprof tool's flags of the same names do. The expressions
// are Go's regular expressions. Shares stay those of the whole profile.
type Filter struct {
	Focus     string // keep samples with a frame that matches
	Ignore    string // drop samples with a frame that matches
	Hide      string // drop frames that match
	Show      string // keep only frames that match
	TagFocus  string // keep samples with a label that matches: EXPRESSION, KEY=EXPRESSION, or a range such as 32kb:1mb
	TagIgnore string // drop those
}

// ErrNoMatch is a filter that leaves nothing.
var ErrNoMatch = errors.New("nothing in the profile matches")

// Filter returns a profile with what f keeps. The receiver stays as it is.
func (p *Profile) Filter(f Filter) (*Profile, error) {
	if f == (Filter{}) {
		return p, nil
	}
	decoded, err := p.load()
	if err != nil {
		return nil, err
	}
	var rx [4]*regexp.Regexp
	for i, text := range []string{f.Focus, f.Ignore, f.Hide, f.Show} {
		if text == "" {
			continue
		}
		if rx[i], err = regexp.Compile(text); err != nil {
			return nil, fmt.Errorf("filter profile: %w", err)
		}
	}
	decoded.FilterSamplesByName(rx[0], rx[1], rx[2], rx[3])
	units, _ := decoded.NumLabelUnits()
	focus, err := tagMatch(f.TagFocus, units)
	if err != nil {
		return nil, err
	}
	ignore, err := tagMatch(f.TagIgnore, units)
	if err != nil {
		return nil, err
	}
	decoded.FilterSamplesByTag(focus, ignore)
	filtered := fromProto(decoded, p.Source, p.Type)
	filtered.taken, filtered.whole = p.taken, p.unfiltered()
	if filtered.Samples() == 0 {
		return nil, fmt.Errorf("filter %s: %w: %s", p.Source, ErrNoMatch, f)
	}
	return filtered, nil
}

// String names what is set, as flags.
func (f Filter) String() string {
	var parts []string
	for _, part := range [][2]string{
		{"focus", f.Focus}, {"ignore", f.Ignore}, {"hide", f.Hide}, {"show", f.Show}, {"tagfocus", f.TagFocus}, {"tagignore", f.TagIgnore},
	} {
		if part[1] != "" {
			parts = append(parts, part[0]+"="+part[1])
		}
	}
	return strings.Join(parts, " ")
}

// tagMatch compiles a condition on a sample's labels; nil for none.
func tagMatch(text string, units map[string]string) (pprof.TagMatch, error) {
	if text == "" {
		return nil, nil
	}
	key, value, hasKey := strings.Cut(text, "=")
	if !hasKey {
		key, value = "", text
	}
	if inRange := tagRange(value); inRange != nil {
		return func(s *pprof.Sample) bool {
			for name, numbers := range s.NumLabel {
				if (key == "" || key == name) && slices.ContainsFunc(numbers, func(n int64) bool { return inRange(n, units[name]) }) {
					return true
				}
			}
			return false
		}, nil
	}
	var all []*regexp.Regexp
	for part := range strings.SplitSeq(value, ",") {
		rx, err := regexp.Compile(part)
		if err != nil {
			return nil, fmt.Errorf("filter profile: %w", err)
		}
		all = append(all, rx)
	}
	if hasKey { // one of the expressions is enough
		return func(s *pprof.Sample) bool {
			return slices.ContainsFunc(all, func(rx *regexp.Regexp) bool { return slices.ContainsFunc(s.Label[key], rx.MatchString) })
		}, nil
	}
	return func(s *pprof.Sample) bool { // each expression must match a label, written key:value
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(s.Label)) {
			for _, text := range s.Label[name] {
				texts = append(texts, name+":"+text)
			}
		}
		return !slices.ContainsFunc(all, func(rx *regexp.Regexp) bool { return !slices.ContainsFunc(texts, rx.MatchString) })
	}, nil
}

var tagBound = regexp.MustCompile(`([+-]?[[:digit:]]+)([[:alpha:]]+)?`)

// tagRange reads 32kb (equal), :64kb (at most), 4mb: (at least) and 12kb:64mb. It returns nil if the text is none of these.
func tagRange(text string) func(value int64, unit string) bool {
	bounds := tagBound.FindAllStringSubmatch(text, 2)
	if len(bounds) == 0 {
		return nil
	}
	first, err := strconv.ParseInt(bounds[0][1], 10, 64)
	if err != nil {
		return nil
	}
	low, unit := scale(first, bounds[0][2], bounds[0][2])
	within := func(test func(v float64) bool) func(int64, string) bool {
		return func(value int64, from string) bool {
			v, to := scale(value, from, unit)
			return to == unit && test(v)
		}
	}
	if len(bounds) == 1 {
		switch text {
		case bounds[0][0]:
			return within(func(v float64) bool { return v == low })
		case bounds[0][0] + ":":
			return within(func(v float64) bool { return v >= low })
		case ":" + bounds[0][0]:
			return within(func(v float64) bool { return v <= low })
		}
		return nil
	}
	second, err := strconv.ParseInt(bounds[1][1], 10, 64)
	high, other := scale(second, bounds[1][2], unit)
	if err != nil || other != unit || text != bounds[0][0]+":"+bounds[1][0] {
		return nil
	}
	return within(func(v float64) bool { return v >= low && v <= high })
}

// A unit is known by several names; factor is what it is in the smallest of its family.
type unit struct {
	name    string
	aliases []string
	factor  float64
	base    string // what values of its family are converted to if the wanted unit is of another
	divisor float64
}

var knownUnits = []unit{
	{"B", []string{"b", "byte"}, 1, "B", 1},
	{"kB", []string{"kb", "kbyte", "kilobyte"}, 1 << 10, "B", 1},
	{"MB", []string{"mb", "mbyte", "megabyte"}, 1 << 20, "B", 1},
	{"GB", []string{"gb", "gbyte", "gigabyte"}, 1 << 30, "B", 1},
	{"TB", []string{"tb", "tbyte", "terabyte"}, 1 << 40, "B", 1},
	{"PB", []string{"pb", "pbyte", "petabyte"}, 1 << 50, "B", 1},
	{"ns", []string{"ns", "nanosecond"}, 1, "s", 1e9},
	{"us", []string{"μs", "us", "microsecond"}, 1e3, "s", 1e9},
	{"ms", []string{"ms", "millisecond"}, 1e6, "s", 1e9},
	{"s", []string{"s", "sec", "second"}, 1e9, "s", 1e9},
	{"hrs", []string{"hour", "hr"}, 3600e9, "s", 1e9},
}

func findUnit(name string) (unit, bool) {
	name = strings.ToLower(name)
	if utf8.RuneCountInString(name) > 2 {
		name = strings.TrimSuffix(name, "s")
	}
	at := slices.IndexFunc(knownUnits, func(u unit) bool { return slices.Contains(u.aliases, name) })
	if at < 0 {
		return unit{}, false
	}
	return knownUnits[at], true
}

// scale converts a value as the pprof tool does: what has no unit that is known is taken to be in the wanted one.
func scale(value int64, from, to string) (float64, string) {
	source, ok := findUnit(from)
	if !ok {
		if slices.Contains([]string{"count", "sample", "unit", "minimum", "auto"}, to) {
			to = ""
		}
		return float64(value), to
	}
	v := float64(value) * source.factor
	if target, ok := findUnit(to); ok && target.base == source.base {
		return v / target.factor, target.name
	}
	return v / source.divisor, source.base
}
