package value

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/corpus"
	"github.com/pgassay/pgassay/seed/value/pattern"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// textTypes are the types whose binary form is the text itself.
var textTypes = []string{"text", "varchar", "bpchar", "name", "citext"}

// makeText makes texts. known is false for other types.
func (b *builder) makeText(w wish) (src *source, err error, known bool) { //nolint:revive // known says more
	if !slices.Contains(textTypes, w.typ.Name) || w.typ.Kind != schema.BaseType || w.typ.Schema != "pg_catalog" && w.typ.Extension == "" {
		return nil, nil, false
	}
	limit := length(w.typ, w.mod)
	alternatives := w.set.Texts
	if alternatives == nil {
		alternatives = []solve.Texts{{High: -1}}
	}
	var made []*source
	var first error
	for _, t := range alternatives {
		if limit > 0 && (t.High < 0 || t.High > limit) {
			t.High = limit
		}
		src, err := b.makeTexts(t, w)
		if err == nil {
			made = append(made, src)
		} else if first == nil {
			first = err
		}
	}
	switch len(made) {
	case 0:
		return nil, first, true
	case 1:
		return made[0], nil, true
	}
	mixed := &mixture{}
	best := made[0]
	for _, one := range made {
		mixed.makers = append(mixed.makers, one.maker)
		if one.domain != nil && (best.domain == nil || one.domain.Size() > best.domain.Size()) {
			best = one
		}
	}
	return &source{maker: mixed, domain: best.domain, block: best.block, width: best.width, from: best.from}, nil, true
}

// mixture makes the values of one of several makers.
type mixture struct{ makers []maker }

func (m *mixture) make(dst []byte, row uint64, s random.Source) []byte {
	return m.makers[s.Intn(len(m.makers))].make(dst, row, s)
}

// makeTexts makes the texts of one alternative: those that the meaning suggests, if the constraints let them through, else
// those of them that get through, else whatever the constraints allow.
func (b *builder) makeTexts(t solve.Texts, w wish) (*source, error) {
	if t.List != nil {
		list := preferred(t.List, w.preset)
		v := &values{skew: true}
		for _, text := range list {
			v.list = append(v.list, []byte(text))
		}
		return &source{maker: v, domain: v, width: 10, from: "one of " + abbreviate(list)}, nil
	}
	accept, set, err := b.acceptor(t)
	if err != nil {
		return nil, err
	}
	candidates := b.textCandidates(t, w)
	for _, candidate := range candidates {
		if b.passes(candidate, accept, w.distinct) {
			return candidate, nil
		}
	}
	if !w.distinct {
		for _, candidate := range candidates {
			if pool := b.sieve(candidate, accept); pool != nil {
				return pool, nil
			}
		}
	}
	if set == nil {
		if set, err = t.Language.Compile(t.Low, t.High); err != nil {
			return nil, unfitf("%v", err)
		}
	}
	if set.Empty() {
		return nil, unfitf("no text of type %s satisfies the checks", w.typ.Formatted)
	}
	return &source{maker: spelled{set}, domain: spelled{set}, width: 12, from: "texts that match " + t.Language.String()}, nil
}

// spelled makes texts of a language.
type spelled struct{ *pattern.Set }

func (m spelled) make(dst []byte, _ uint64, s random.Source) []byte { return m.Draw(dst, s) }

// acceptor gives a test for the texts of t, and the automaton if one was needed.
func (b *builder) acceptor(t solve.Texts) (accept func([]byte) bool, set *pattern.Set, err error) {
	language := t.Language
	if len(t.Except) > 0 {
		except, _ := pattern.List(t.Except, false).Not()
		language = language.And(except)
	}
	if !language.All() {
		t.Language = language
		if set, err = language.Compile(t.Low, t.High); err != nil {
			return nil, nil, unfitf("%v", err)
		}
	}
	return func(text []byte) bool {
		n := utf8.RuneCount(text)
		if n < t.Low || t.High >= 0 && n > t.High || t.ASCII && n != len(text) {
			return false
		}
		return set == nil || set.Match(string(text))
	}, set, nil
}

const trialTexts = 300 // how many texts of a candidate are tried

func (b *builder) passes(src *source, accept func([]byte) bool, distinct bool) bool {
	if distinct && src.domain == nil {
		return false
	}
	stream := random.NewStream(1, "trial", "text")
	var buffer []byte
	for i := range uint64(trialTexts) {
		s := stream.At(i)
		if buffer = src.maker.make(buffer[:0], i, s); !accept(buffer) {
			return false
		}
		if distinct {
			index := i
			if i%3 == 0 {
				index = s.Below(max(1, src.domain.Size()))
			}
			if index >= src.domain.Size() {
				continue
			}
			if buffer = src.domain.Append(buffer[:0], index); !accept(buffer) {
				return false
			}
		}
	}
	return true
}

// sieve keeps the texts of a candidate that are accepted; nil if they are too few.
func (b *builder) sieve(src *source, accept func([]byte) bool) *source {
	v := &values{}
	seen := map[string]bool{}
	stream := random.NewStream(1, "sieve", "text")
	for i := range uint64(4000) {
		text := string(src.maker.make(nil, i, stream.At(i)))
		if accept([]byte(text)) && !seen[text] {
			seen[text] = true
			v.list = append(v.list, []byte(text))
		}
		if len(v.list) >= 1000 || i == 400 && len(v.list) == 0 {
			break
		}
	}
	if len(v.list) < 25 {
		return nil
	}
	return &source{maker: v, domain: v, width: src.width, from: src.from + ", those that satisfy the checks"}
}

// textCandidates lists ways to make texts, the most telling ones first.
func (b *builder) textCandidates(t solve.Texts, w wish) []*source {
	m := w.meaning
	var out []*source
	add := func(src *source) {
		if src != nil {
			out = append(out, src)
		}
	}
	name := m.Name
	if name == "" {
		name = "words"
	}
	if len(m.Labels) > 0 {
		add(b.labels(m.Labels, name, t, w))
	}
	if m.Prose > 0 {
		add(b.prose(m.Prose, name, t, w))
	}
	templates := m.Templates
	if len(templates) == 0 && len(m.Labels) == 0 && m.Prose == 0 {
		if preset := w.preset; preset != "" && len(preset) < 30 {
			add(b.labels([]string{preset}, "its default", t, w))
		}
		if (t.High < 0 || t.High >= 200) && t.Low < 30 {
			templates = []string{"{Adjective} {noun}"}
		}
	}
	templates = slices.Clone(templates)
	if !t.Language.All() {
		templates = append(templates, familiar...) // what patterns often ask for
	}
	templates = append(templates, "{adjective} {noun}", "{noun}")
	if n := t.High; n > 0 && n < 20 {
		if w.typ.Name == "bpchar" && n < 6 {
			templates = append(templates, "{LETTERS:"+strconv.Itoa(n)+"}")
		}
		if !w.distinct {
			templates = append(templates, "{word:"+strconv.Itoa(n)+"}")
		}
		templates = append(templates, "{base36:"+strconv.Itoa(min(n, 6))+"}")
	}
	if t.Low > 4 {
		templates = append(templates, "{base36:"+strconv.Itoa(t.Low)+"}")
	}
	for i, text := range templates {
		if i >= len(m.Templates) {
			name = "words"
		}
		parts, err := parseTemplate(text, nil)
		if err != nil {
			continue
		}
		src := b.templated(newTemplate(parts, w.stream, b.person(m.Group), b.place(m.Group)), t, name)
		if src == nil {
			continue
		}
		for _, change := range []func(*source) *source{nil, lowered, raised, hyphenated} {
			if change == nil {
				add(src)
			} else if !t.Language.All() {
				add(change(src))
			}
		}
	}
	if t.Low > 30 {
		add(b.prose(float64(t.Low)*1.5, "text", t, w))
	}
	return out
}

// familiar are texts that patterns without a telling name often mean.
var familiar = []string{
	"{first.slug}.{last.slug}{k}@{domain}", "https://{host}/{word}/{word}-{number:1-9999}", "{adjective}-{noun}", "{adjective}_{noun}",
	"{LETTERS:2}", "{LETTERS:3}", "+1{number:201-989}55501{digits:2}", "{uuid}", "#{hex:6}", "{number:0-9}.{number:0-20}.{number:0-30}",
	"{first} {last}", "{number:1-9999}",
}

// labels makes a few texts, the first one most often. For a domain they are numbered.
func (b *builder) labels(list []string, name string, t solve.Texts, w wish) *source {
	v := &values{skew: true}
	if plausible := len(w.preset) > 0 && len(w.preset) < 20 && !strings.ContainsAny(w.preset, " {}[]"); plausible && len(list) > 1 && !slices.Contains(list, w.preset) {
		list = slices.Concat([]string{w.preset}, list) // the state of new rows, say
	}
	for _, text := range preferred(list, w.preset) {
		if t.High < 0 || utf8.RuneCountInString(text) <= t.High {
			v.list = append(v.list, []byte(text))
		}
	}
	if len(v.list) == 0 {
		return nil
	}
	src := &source{maker: v, width: 10, from: name}
	if w.distinct {
		src.domain = newNumbered(v, t.High, "-")
		src.block = v.Size()
	}
	return src
}

// preferred puts the default first.
func preferred(list []string, preset string) []string {
	if i := slices.Index(list, preset); i > 0 {
		return slices.Concat([]string{preset}, list[:i], list[i+1:])
	}
	return list
}

// prose makes readable text of log-normal length.
func (b *builder) prose(median float64, name string, t solve.Texts, w wish) *source {
	limit := t.High
	if limit < 0 {
		limit = 20_000
	}
	if limit < 25 {
		return nil
	}
	m := &prose{lengths: random.NewLogNormal(0.6), median: math.Min(median, float64(limit)*0.6), low: t.Low, limit: limit}
	m.median = math.Max(m.median, float64(t.Low)*1.3)
	src := &source{maker: m, width: m.median * 1.2, from: name}
	if w.distinct {
		parts, _ := parseTemplate("{adjective} {noun}", nil)
		src.domain = newNumbered(&indexed{newTemplate(parts, w.stream, nil, nil)}, limit, " ")
		src.block = src.domain.(*numbered).inner.Size()
	}
	return src
}

type prose struct {
	lengths    *random.LogNormal // around the median
	median     float64
	low, limit int
}

func (m *prose) make(dst []byte, _ uint64, s random.Source) []byte {
	length := int(m.median * m.lengths.Draw(&s))
	start := len(dst)
	dst = corpus.Text(dst, s, max(length, m.low), m.limit)
	for len(dst)-start < m.low { // cut at a word: fill up
		dst = append(dst, '.')
	}
	return dst
}

// templated makes the texts of a template within a length.
func (b *builder) templated(t *template, within solve.Texts, name string) *source {
	longest := t.longest()
	if within.High >= 0 && (longest == 0 || longest > within.High) {
		return nil
	}
	src := &source{maker: t, width: float64(longest) * 0.6, from: name}
	if longest == 0 {
		src.width = 50
	}
	switch {
	case t.personal():
		src.domain, src.block = rowed{t}, 1
		src.rising = true // the row's own person
	case t.size > 1 && t.separable() && longest > 0:
		d := newNumbered(&indexed{t}, within.High, separator(t))
		src.domain, src.block = d, d.inner.Size()
		if d.inner.Size() >= 1<<40 {
			src.domain = d.inner
		}
	case longest > 0 || within.High < 0:
		d := newNumbered(&once{t}, within.High, separator(t))
		src.domain, src.block = d, 0
		src.rising = true
	}
	return src
}

// separator stands between a text and the number that tells it from others.
func separator(t *template) string {
	for i := range t.parts {
		if p := &t.parts[i]; p.kind == literal && strings.Contains(p.text, " ") || p.kind == sentence {
			return " "
		}
	}
	return "-"
}

// indexed is a template as a domain.
type indexed struct{ t *template }

// Size implements Domain.
func (d *indexed) Size() uint64 { return d.t.size }

// Append implements Domain.
func (d *indexed) Append(dst []byte, index uint64) []byte { return d.t.index(dst, index, index) }

// rowed is a template whose text differs from row to row by the row's person.
type rowed struct{ t *template }

// Size implements Domain.
func (rowed) Size() uint64 { return Unlimited }

// Append implements Domain.
func (d rowed) Append(dst []byte, index uint64) []byte {
	return d.t.make(dst, index, d.t.stream.At(index))
}

// once is a template whose texts may be alike, so that each needs a number.
type once struct{ t *template }

// Size implements Domain.
func (once) Size() uint64 { return 1 }

// Append implements Domain.
func (d *once) Append(dst []byte, index uint64) []byte {
	return d.t.make(dst, index, d.t.stream.At(index))
}

// numbered adds a number to the values of a domain when they are used up: word, word-2, word-3.
type numbered struct {
	inner     Domain
	separator string
	rounds    uint64 // how often the inner domain can be gone through
	always    bool   // the inner values may be alike: number every one
}

// newNumbered numbers a domain as far as texts of at most limit characters go; -1 is no limit.
func newNumbered(inner Domain, limit int, separator string) *numbered {
	d := &numbered{inner: inner, separator: separator, rounds: 1e12}
	if _, d.always = inner.(*once); limit >= 0 {
		longest := 0
		switch inner := inner.(type) {
		case *indexed:
			longest = inner.t.longest()
		case *once:
			longest = inner.t.longest()
		case *values:
			for _, text := range inner.list {
				longest = max(longest, utf8.RuneCount(text))
			}
		}
		spare := limit - longest - len(separator)
		d.rounds = 1
		if spare > 0 {
			d.rounds = uint64(math.Pow10(min(spare, 12))) - 1
		} else if d.always {
			d.rounds = 0
		}
	}
	return d
}

// Size implements Domain.
func (d *numbered) Size() uint64 {
	if d.rounds > 0 && d.inner.Size() > Unlimited/d.rounds {
		return Unlimited
	}
	return d.inner.Size() * d.rounds
}

// Append implements Domain.
func (d *numbered) Append(dst []byte, index uint64) []byte {
	if d.always {
		dst = d.inner.Append(dst, index)
		return strconv.AppendUint(append(dst, d.separator...), index+1, 10)
	}
	n := d.inner.Size()
	dst = d.inner.Append(dst, index%n)
	if round := index / n; round > 0 {
		dst = strconv.AppendUint(append(dst, d.separator...), round+1, 10)
	}
	return dst
}

// changed rewrites the letters of ASCII texts.
type changed struct {
	maker  maker
	domain Domain
	letter func(byte) byte
}

func (m *changed) make(dst []byte, row uint64, s random.Source) []byte {
	return m.change(m.maker.make(dst, row, s), len(dst))
}

func (m *changed) change(dst []byte, from int) []byte {
	for i := from; i < len(dst); i++ {
		dst[i] = m.letter(dst[i])
	}
	return dst
}

// Size implements Domain.
func (m *changed) Size() uint64 { return m.domain.Size() }

// Append implements Domain.
func (m *changed) Append(dst []byte, index uint64) []byte {
	return m.change(m.domain.Append(dst, index), len(dst))
}

func change(src *source, letter func(byte) byte) *source {
	out := *src
	m := &changed{maker: src.maker, domain: src.domain, letter: letter}
	out.maker = m
	if src.domain != nil {
		out.domain = m
	}
	return &out
}

func lowered(src *source) *source {
	return change(src, func(c byte) byte {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	})
}

func raised(src *source) *source {
	return change(src, func(c byte) byte {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	})
}

func hyphenated(src *source) *source {
	out := lowered(src)
	m := out.maker.(*changed)
	lower := m.letter
	m.letter = func(c byte) byte {
		if c == ' ' {
			return '-'
		}
		return lower(c)
	}
	return out
}

func abbreviate(list []string) string {
	if len(list) > 6 {
		return strings.Join(list[:6], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}
