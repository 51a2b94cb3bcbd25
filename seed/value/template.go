package value

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/corpus"
)

// template makes text from parts that vary and text between them, such as {first.slug}.{last.slug}{k}@{domain}.
//
// As a Domain its values are told apart by the parts that vary: an index is a number in the mixed radix of their sizes.
// Values of a template with a person differ by row, since no two rows have the same person.
type template struct {
	parts  []part
	people *people
	places *places
	stream random.Stream // of the columns, for parts that an index does not reach
	size   uint64        // of the parts that vary, counted together
	named  bool          // it has the row's person in it
}

// part is one piece of a template.
type part struct {
	kind    partKind
	text    string // of literal; the letters of letters
	pool    corpus.Pool
	width   int       // letters of letters, digits of digits
	low     int64     // of number
	size    uint64    // how many values it has; 1 for what does not vary by itself
	other   Generator // of column
	decoded *ordered  // how to print other, nil for text
}

type partKind uint8

const (
	literal     partKind = iota
	pooled               // a word of a pool
	slugged              // the same with - for spaces, in lower case
	letters              // a number of letters of an alphabet
	digits               // a number, filled up with zeros
	number               // a number from low on
	firstName            // the rest is the same for a row's person or place
	lastName             //
	firstSlug            //
	lastSlug             //
	initial              // of the first name, lower case
	serial               // how often the person's name came before, or nothing
	city                 //
	region               //
	regionCode           //
	country              //
	countryCode          //
	country3             //
	zip                  //
	timezone             //
	currency             //
	language             //
	calling              //
	rowNumber            // from 1 on
	column               // the text of another column
	sentence             // a sentence
	uuidText             //
)

var (
	hexadecimal = "0123456789abcdef"
	base62      = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	base36      = "0123456789abcdefghijklmnopqrstuvwxyz"
	upperCase   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerCase   = "abcdefghijklmnopqrstuvwxyz"
	crockford   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// pools are the pools that a template may name.
var pools = map[string]func() corpus.Pool{
	"word": corpus.Words, "noun": corpus.Things, "adjective": corpus.Adjectives, "verb": corpus.Verbs, "abstract": corpus.Abstracts,
	"domain": fixed(corpus.Domains), "host": fixed(corpus.Hosts), "color": corpus.Colors, "animal": corpus.Animals, "pet": corpus.PetNames,
	"hobby": corpus.Hobbies, "category": corpus.Categories, "product": corpus.Products, "material": corpus.Materials,
	"feature": corpus.Features, "street": corpus.Streets, "street-suffix": fixed(corpus.StreetSuffixes), "job-level": corpus.JobLevels,
	"job-title": corpus.JobTitles, "company-suffix": fixed(corpus.CompanySuffixes), "prefix": fixed(corpus.Prefixes),
	"suffix": fixed(corpus.Suffixes), "genre": corpus.Genres, "food": corpus.Foods, "car-maker": corpus.CarMakers,
	"car-model": corpus.CarModels, "school": corpus.Schools, "error": corpus.Errors, "phrase": corpus.Phrases,
	"user-agent": fixed(corpus.UserAgents), "mime-type": fixed(corpus.MIMETypes), "extension": fixed(corpus.Extensions),
	"locale": fixed(corpus.Locales), "model": fixed(corpus.ModelNames), "buzzword": corpus.Buzzwords, "unit": fixed(corpus.Units),
	"topic": fixed(corpus.Topics), "department": fixed(corpus.Departments), "event": fixed(corpus.Events), "surname": corpus.LastNames,
	"Adjective": corpus.TitleAdjectives, "Noun": corpus.TitleNouns, "sex": fixed(corpus.Sexes),
	"given-name": corpus.FirstNames, "card-brand": fixed(corpus.CardBrands), "language-name": fixed(corpus.LanguageNames),
}

func fixed(pool corpus.Pool) func() corpus.Pool { return func() corpus.Pool { return pool } }

// rowParts are the parts that depend on the row alone.
var rowParts = map[string]partKind{
	"first": firstName, "last": lastName, "first.slug": firstSlug, "last.slug": lastSlug, "initial": initial, "k": serial,
	"city": city, "region": region, "region-code": regionCode, "country": country, "country-code": countryCode,
	"country-code3": country3, "zip": zip, "timezone": timezone, "currency": currency, "language": language, "calling": calling,
	"row": rowNumber, "sentence": sentence, "uuid": uuidText,
}

// parseTemplate reads a template. columns gives the generators of other columns, where the template may name some; it
// may be nil. The error says what is wrong in words for the person who wrote it.
func parseTemplate(text string, columns func(name string) (Generator, *ordered, bool)) ([]part, error) {
	var parts []part
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return append(parts, part{kind: literal, text: text, size: 1}), nil
		}
		if open > 0 {
			parts = append(parts, part{kind: literal, text: text[:open], size: 1})
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			return nil, fmt.Errorf("template: no } after %s", text[open:])
		}
		name, argument, _ := strings.Cut(text[open+1:open+end], ":")
		p, err := newPart(name, argument)
		if err != nil && columns != nil {
			if other, decoded, ok := columns(name); ok {
				p, err = part{kind: column, other: other, decoded: decoded, size: 1}, nil
			}
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		text = text[open+end+1:]
	}
	return parts, nil
}

func newPart(name, argument string) (part, error) {
	if kind, ok := rowParts[name]; ok {
		p := part{kind: kind, size: 1}
		if kind == uuidText {
			p.size = 1 << 60
		}
		return p, nil
	}
	width, _ := strconv.Atoi(argument)
	alphabet := map[string]string{
		"hex": hexadecimal, "alnum": base62, "letters": lowerCase, "LETTERS": upperCase, "base36": base36, "BASE32": crockford,
	}[name]
	if alphabet != "" {
		p := part{kind: letters, text: alphabet, width: max(1, width), size: 1}
		for range p.width {
			if p.size < 1<<55 {
				p.size *= uint64(len(alphabet))
			}
		}
		return p, nil
	}
	switch name {
	case "digits":
		width = min(max(1, width), 18)
		return part{kind: digits, width: width, size: uint64(math.Pow10(width))}, nil
	case "number":
		low, high, ok := strings.Cut(argument, "-")
		from, err := strconv.ParseInt(low, 10, 64)
		to, err2 := strconv.ParseInt(high, 10, 64)
		if !ok || err != nil || err2 != nil || to < from {
			return part{}, fmt.Errorf("template: {number:%s} must be like {number:1-99}", argument)
		}
		return part{kind: number, low: from, size: uint64(to-from) + 1}, nil
	}
	base, _ := strings.CutSuffix(name, ".slug")
	pool, ok := pools[base]
	if !ok {
		return part{}, fmt.Errorf("template: nothing is called {%s}", name)
	}
	p := part{kind: pooled, pool: pool()}
	if base != name {
		p.kind = slugged
	}
	if width > 0 { // {word:5}: those of at most five letters
		p.pool = slices.DeleteFunc(slices.Clone(p.pool), func(word string) bool { return utf8.RuneCountInString(word) > width })
		if len(p.pool) < 20 {
			return part{}, fmt.Errorf("template: there are too few words of at most %d letters", width)
		}
	}
	p.size = uint64(len(p.pool))
	return p, nil
}

// newTemplate makes a template ready for use in a table.
func newTemplate(parts []part, stream random.Stream, people *people, places *places) *template {
	t := &template{parts: parts, people: people, places: places, stream: stream, size: 1}
	for _, p := range parts {
		t.named = t.named || p.kind >= firstName && p.kind <= serial
		if t.size < 1<<60/p.size {
			t.size *= p.size
		} else {
			t.size = 1 << 60
		}
	}
	return t
}

func (t *template) make(dst []byte, row uint64, s random.Source) []byte {
	var who person
	if t.named {
		who = t.people.at(row)
	}
	for i := range t.parts {
		p := &t.parts[i]
		digit := uint64(0)
		if p.size > 1 {
			digit = s.Below(p.size)
		}
		dst = t.append(dst, p, digit, row, who, s)
	}
	return dst
}

// index appends the text at an index below size; the row decides on what does not vary by itself.
func (t *template) index(dst []byte, index, row uint64) []byte {
	s := t.stream.At(index)
	var who person
	if t.named {
		who = t.people.at(row)
	}
	for i := range t.parts {
		p := &t.parts[i]
		digit := uint64(0)
		if p.size > 1 {
			digit, index = index%p.size, index/p.size
		}
		dst = t.append(dst, p, digit, row, who, s)
	}
	return dst
}

func (t *template) append(dst []byte, p *part, digit, row uint64, who person, s random.Source) []byte {
	switch p.kind {
	case literal:
		return append(dst, p.text...)
	case pooled:
		return append(dst, p.pool[digit]...)
	case slugged:
		return appendSlug(dst, p.pool[digit])
	case letters:
		return appendLetters(dst, p.text, p.width, digit, s)
	case digits:
		return appendDigits(dst, digit, p.width)
	case number:
		return strconv.AppendInt(dst, p.low+int64(digit), 10)
	case rowNumber:
		return strconv.AppendUint(dst, row+1, 10)
	case sentence:
		pool := corpus.Sentences()
		return append(dst, pool[s.Intn(len(pool))]...)
	case uuidText:
		return appendUUIDText(dst, digit, s)
	case column:
		return appendColumn(dst, p, row)
	case firstName, lastName, firstSlug, lastSlug, initial, serial:
		return t.appendPerson(dst, p.kind, who)
	}
	return t.appendPlace(dst, p.kind, row, s)
}

func (t *template) appendPerson(dst []byte, kind partKind, who person) []byte {
	switch kind {
	case firstName:
		return append(dst, t.people.first[who.first]...)
	case lastName:
		return append(dst, t.people.last[who.last]...)
	case firstSlug:
		return append(dst, t.people.firstSlugs[who.first]...)
	case lastSlug:
		return append(dst, t.people.lastSlugs[who.last]...)
	case initial:
		return append(dst, t.people.firstSlugs[who.first][0])
	}
	if who.number > 0 {
		dst = strconv.AppendUint(dst, who.number+1, 10)
	}
	return dst
}

func (t *template) appendPlace(dst []byte, kind partKind, row uint64, s random.Source) []byte {
	where := t.places.at(row)
	switch kind {
	case city:
		return append(dst, where.City...)
	case region:
		return append(dst, where.Region...)
	case regionCode:
		return append(dst, where.RegionCode...)
	case country:
		return append(dst, where.Country...)
	case countryCode:
		return append(dst, where.Code...)
	case country3:
		return append(dst, where.Code3...)
	case timezone:
		return append(dst, where.Timezone...)
	case currency:
		return append(dst, where.Currency...)
	case language:
		return append(dst, where.Language...)
	case calling:
		return append(dst, where.Calling...)
	}
	for i := range len(where.Zip) {
		switch c := where.Zip[i]; c {
		case '#':
			dst = append(dst, '0'+byte(s.Below(10)))
		case '@':
			dst = append(dst, 'A'+byte(s.Below(26)))
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendLetters writes digit in the radix of an alphabet, and where it has fewer letters than wanted fills up by chance.
func appendLetters(dst []byte, alphabet string, width int, digit uint64, s random.Source) []byte {
	n := uint64(len(alphabet))
	fill := uint64(0)
	left := 0
	reach := uint64(1) // how many digits there can be for the letters so far
	for range width {
		if reach < 1<<55 {
			reach *= n
			dst = append(dst, alphabet[digit%n])
			digit /= n
			continue
		}
		if left == 0 {
			fill, left = s.Uint64(), 10
		}
		dst = append(dst, alphabet[fill%n])
		fill /= n
		left--
	}
	return dst
}

func appendDigits(dst []byte, n uint64, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= start && n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

// appendSlug writes words in lower case with a hyphen between them.
func appendSlug(dst []byte, words string) []byte {
	start := len(dst)
	for i := range len(words) {
		c := words[i]
		switch {
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c-'A'+'a')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			dst = append(dst, c)
		case len(dst) > start && dst[len(dst)-1] != '-':
			dst = append(dst, '-')
		}
	}
	for len(dst) > start && dst[len(dst)-1] == '-' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendUUIDText writes a version 4 uuid whose first fifteen free hexadecimal digits are digit's.
func appendUUIDText(dst []byte, digit uint64, s random.Source) []byte {
	high, low := uuidOf(digit, s)
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			dst = append(dst, '-')
		}
		word := high
		if i >= 16 {
			word = low
		}
		dst = append(dst, hexadecimal[word>>(60-4*(i%16))&15])
	}
	return dst
}

// uuidOf makes a version 4 uuid. Different digits below 2^60 give different ones.
func uuidOf(digit uint64, s random.Source) (high, low uint64) {
	digit &= 1<<60 - 1
	digit = digit * 0x9e3779b97f4a7c15 & (1<<60 - 1) // odd, so a bijection of 60 bits
	digit ^= digit >> 31
	return digit>>12<<16 | 4<<12 | digit&0xfff, s.Uint64()>>2 | 1<<63
}

func appendColumn(dst []byte, p *part, row uint64) []byte {
	start := len(dst)
	dst, null := p.other.Append(dst, row)
	if null || p.decoded == nil {
		return dst
	}
	var scratch [32]byte
	n := copy(scratch[:], dst[start:])
	tick, ok := p.decoded.tick(scratch[:n])
	if !ok {
		return dst[:start]
	}
	return p.decoded.appendText(dst[:start], tick)
}

// longest is the greatest length in characters that the template's texts have, or 0 if it is not bounded.
func (t *template) longest() int {
	sum := 0
	for i := range t.parts {
		p := &t.parts[i]
		switch p.kind {
		case literal:
			sum += utf8.RuneCountInString(p.text)
		case pooled, slugged:
			sum += longestOf(p.pool)
		case letters, digits:
			sum += p.width
		case number:
			sum += len(strconv.FormatInt(p.low+int64(p.size-1), 10))
		case firstName, firstSlug:
			sum += longestOf(t.people.first)
		case lastName, lastSlug:
			sum += longestOf(t.people.last)
		case initial:
			sum++
		case serial, rowNumber:
			sum += 9
		case uuidText:
			sum += 36
		case countryCode, language:
			sum += 2
		case country3, currency, regionCode, calling:
			sum += 3
		case zip:
			sum += 9
		case city, region, country, timezone:
			sum += 30
		default:
			return 0
		}
	}
	return sum
}

func longestOf(pool corpus.Pool) int {
	longest := 0
	for _, word := range pool {
		longest = max(longest, utf8.RuneCountInString(word))
	}
	return longest
}

// personal tells whether the text of every row differs because its person does.
func (t *template) personal() bool {
	var hasFirst, hasLast, hasSerial bool
	for i := range t.parts {
		switch t.parts[i].kind {
		case firstName, firstSlug:
			hasFirst = true
		case lastName, lastSlug:
			hasLast = true
		case serial:
			hasSerial = true
		}
	}
	return hasFirst && hasLast && hasSerial
}

// separable tells whether different indexes give different texts: no part whose length varies is followed by one that
// could be taken for its end, and no pool has words that look the same.
func (t *template) separable() bool {
	for i := range t.parts {
		p := &t.parts[i]
		if p.kind == slugged || p.kind >= firstName && p.kind != uuidText && p.size > 1 {
			return false
		}
		if p.kind != pooled && p.kind != number {
			continue
		}
		if i+1 == len(t.parts) {
			continue
		}
		next := &t.parts[i+1]
		if next.kind != literal {
			return false
		}
		if p.kind == number && next.text[0] >= '0' && next.text[0] <= '9' {
			return false
		}
		for _, word := range p.pool {
			if strings.Contains(word, next.text[:1]) {
				return false
			}
		}
	}
	return true
}
