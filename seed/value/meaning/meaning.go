// Package meaning infers what a column holds from its name, its type, its table and its comment: that "billing_zip" is a
// postal code that goes with "billing_city", that "price" is a sum of money, that "deleted_at" is mostly null. All of it
// is in one table, Rules; this file only finds the rule that fits.
package meaning

import (
	"slices"
	"strings"
	"unicode"
)

// Class is what a type can hold, as far as it matters for the meaning of a column.
type Class uint16

// The classes. A rule may hold for several.
const (
	Text Class = 1 << iota
	Number
	Time // date, timestamps, time, interval
	Bool
	JSON
	UUID
	Network // inet, cidr
	Binary  // bytea
	Other
	Any Class = 1<<iota - 1
)

// Shape is how numbers or times are distributed.
type Shape uint8

// The shapes.
const (
	Uniform   Shape = iota
	LogNormal       // around Median, many small ones and few great ones
	Normal          // around Median
	Zipf            // the smallest most often
	Recent          // times: more and more towards the present
)

// Meaning is what a column holds. Only the fields that its Class asks for are set.
type Meaning struct {
	Name string // what it is called in the plan and in seed.yaml: email, first-name, price

	Templates []string // of Text, the best first; later ones are shorter, for narrow columns
	Labels    []string // of Text and Enum: values, the most frequent first
	Prose     float64  // of Text: the median length of readable text in characters; 0 for none

	Low, High     float64 // of Number: bounds that are usual; of Time in days from the present
	Median, Sigma float64 // of Number with LogNormal (of the logarithm) or Normal
	Decimals      int     // of Number with a scale of its own
	Shape         Shape
	Life          int     // of Time: its place in the life of a row; higher ones come later. 0 for none
	True          float64 // of Bool: the share of true

	JSON string  // of JSON: object, array, settings or tags
	Null float64 // the share of nulls, where they are allowed; negative for the usual one

	Group string // columns of one person or place: billing_city and billing_zip have the group billing
	Why   string // what it was inferred from: its name, its comment, its type
}

// Column is what is known of a column.
type Column struct {
	Name    string
	Table   string
	Comment string
	Class   Class
	Length  int    // characters that fit, 0 for any number
	Default string // its default, if it is a plain constant
	Unique  bool
}

// rule is one line of the table.
type rule struct {
	class Class
	names string // space-separated patterns of names, see matches
	table string // the same for the table; "" for any
	Meaning
}

// Of gives the meaning of a column; its Name is "" if nothing is known.
func Of(c Column) Meaning {
	words, tables := Words(c.Name), [][]string{Words(c.Table)}
	if english, ok := translated(tables[0]); ok {
		tables = append(tables, english)
	}
	m, ok := ofName(words, tables, c.Class)
	if _, whole := dictionary[plain.Replace(strings.Join(words, "_"))]; whole && len(words) > 1 {
		ok = false // code_postal is no postal code of a code
	}
	if english, foreign := translated(words); !ok && foreign {
		m, ok = ofName(english, tables, c.Class)
		m.Group = "" // the words before may be a part of it
	}
	if ok {
		return m
	}
	if m, ok := ofComment(c); ok {
		return m
	}
	return Meaning{Null: -1, Why: "its type"}
}

// ofName finds the rule that fits the words of a name best.
func ofName(words []string, tables [][]string, class Class) (Meaning, bool) {
	best, bestAt, bestScore := -1, 0, 0
	for i := range rules {
		r := &rules[i]
		if r.class&class == 0 || r.table != "" && !slices.ContainsFunc(tables, func(table []string) bool { return matches(r.table, table) }) {
			continue
		}
		if at, score := match(r.names, words); score > bestScore {
			best, bestAt, bestScore = i, at, score
		}
	}
	if best < 0 {
		return Meaning{}, false
	}
	m := rules[best].Meaning
	m.Group = strings.Join(words[:bestAt], "_")
	m.Why = "its name"
	return m, true
}

// Named gives the meaning of a name, as seed.yaml writes it, for a class of types. It is false if there is none.
func Named(name string, class Class) (Meaning, bool) {
	for i := range rules {
		if rules[i].Name == name && rules[i].class&class != 0 {
			m := rules[i].Meaning
			m.Why = "seed.yaml"
			return m, true
		}
	}
	return Meaning{}, false
}

// Names lists the names that Named knows.
func Names() []string {
	var names []string
	for i := range rules {
		names = append(names, rules[i].Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ofComment looks for a word of the comment that would be understood as a name.
func ofComment(c Column) (Meaning, bool) {
	words := strings.FieldsFunc(strings.ToLower(c.Comment), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) == 0 || len(words) > 6 { // a long comment says much else
		return Meaning{}, false
	}
	for i := range rules {
		r := &rules[i]
		if r.class&c.Class == 0 || r.table != "" || strings.Contains(r.names, "*") {
			continue
		}
		if matches(r.names, words) {
			m := r.Meaning
			m.Why = "its comment"
			return m, true
		}
	}
	return Meaning{}, false
}

// Words splits a name into words in lower case: createdAt, created_at and CREATED-AT are all created, at.
func Words(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	letters := []rune(name)
	for i, c := range letters {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			flush()
			continue
		case unicode.IsUpper(c) && i > 0:
			// A capital begins a word after a small letter, and before one: URLPath is url, path.
			if previous := letters[i-1]; unicode.IsLower(previous) || unicode.IsDigit(previous) ||
				unicode.IsUpper(previous) && i+1 < len(letters) && unicode.IsLower(letters[i+1]) {
				flush()
			}
		}
		word = append(word, c)
	}
	flush()
	return words
}

// match tells where in words the best match of a pattern begins, and how good it is: the more words the better; 0 for no
// match. A pattern is words with _ between them that the name ends with; with ^ before it, the whole name; with * at its
// end, the name begins with it; with * before it, any word may stand there.
func match(patterns string, words []string) (at, score int) {
	joined := ""
	for pattern := range strings.FieldsSeq(patterns) {
		whole := strings.HasPrefix(pattern, "^")
		prefix := strings.HasSuffix(pattern, "*")
		parts := strings.FieldsFunc(strings.Trim(pattern, "^*"), func(r rune) bool { return r == '_' })
		n := len(parts)
		begin, points := 0, 2*n
		switch {
		case n > len(words):
			// firstname, as one word.
			if joined == "" {
				joined = strings.Join(words, "")
			}
			if n == 1 || prefix || joined != strings.Join(parts, "") {
				continue
			}
		case prefix:
			if !slices.Equal(words[:n], parts) || len(words) == n {
				continue
			}
			points--
		case slices.Equal(words[len(words)-n:], parts) && (!whole || len(words) == n):
			if begin = len(words) - n; whole {
				points++
			}
		default:
			continue
		}
		if points > score {
			at, score = begin, points
		}
	}
	return at, score
}

func matches(patterns string, words []string) bool {
	_, score := match(patterns, words)
	return score > 0
}
