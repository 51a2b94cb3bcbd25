package workload

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// groupKey is what executions have in common. The database counts because equal texts mean different tables there.
type groupKey struct {
	fingerprint uint64
	database    string
}

// grouper sorts executions into statements.
type grouper struct {
	seed       maphash.Seed
	normalizer sqltext.Normalizer
	groups     map[groupKey]*Statement
	byText     map[uint64]*Statement // by hash of text and database: most texts come again and again
	misses     int                   // texts that were not in byText
	hits       int
	names      map[string]string // one copy of each database's, user's and application's name
	source     string
	rest       *Statement // executions beyond maxGroups
	textBytes  int        // kept in samples and plans
}

const (
	maxGroups      = 100_000 // beyond it new statements are counted together
	maxTexts       = 1 << 16
	keepSamples    = 5
	keepPlans      = 3
	maxSampleText  = 256 << 10
	maxPlanText    = 1 << 20
	maxKeptText    = 512 << 20 // of all samples and plans
	restStatements = "(more statements than are kept apart)"
)

func newGrouper() *grouper {
	return &grouper{seed: maphash.MakeSeed(), groups: map[groupKey]*Statement{}, byText: map[uint64]*Statement{}, names: map[string]string{}}
}

// find returns the statement of a text, a new one if it is the first of its kind.
func (g *grouper) find(text, database []byte) *Statement {
	// The database goes into the hash by its length and ends: names rarely differ in anything else, and then the
	// statement that is found is checked below.
	hash := maphash.Bytes(g.seed, text)
	if len(database) > 0 {
		hash = hash*31 + uint64(len(database))<<16 + uint64(database[0])<<8 + uint64(database[len(database)-1])
	}
	if s := g.byText[hash]; s != nil && s.Database == string(database) {
		g.hits++
		return s
	}
	g.misses++
	key := groupKey{fingerprint: g.normalizer.Fingerprint(viewString(text)), database: g.intern(database)}
	s := g.groups[key]
	if s == nil {
		s = g.add(key)
	}
	// Texts with literals never come again: they must not push out those that do.
	if len(g.byText) < maxTexts && (g.misses < 4096 || g.hits > g.misses/8) {
		g.byText[hash] = s
	}
	return s
}

func (g *grouper) add(key groupKey) *Statement {
	if len(g.groups) >= maxGroups {
		if g.rest == nil {
			g.rest = &Statement{Normalized: restStatements, Source: g.source, Rows: -1}
		}
		return g.rest
	}
	s := &Statement{Fingerprint: sqltext.FormatFingerprint(key.fingerprint), Database: key.database, Source: g.source, Rows: -1, key: key}
	g.groups[key] = s
	return s
}

func (g *grouper) intern(name []byte) string {
	if s, ok := g.names[string(name)]; ok {
		return s
	}
	s := string(name)
	if len(g.names) < maxTexts {
		g.names[s] = s
	}
	return s
}

// execution is what a log tells about one execution.
type execution struct {
	text        []byte
	parameters  []byte // the text behind DETAIL: parameters:
	database    []byte
	user        []byte
	application []byte
	duration    time.Duration
	timed       bool // the duration is known
	at          time.Time
	cut         bool
}

// count adds an execution to its statement, and keeps it as a sample if it is one of the first or the slowest.
func (g *grouper) count(s *Statement, x *execution) {
	s.Count++
	s.TotalTime += x.duration
	if s.First.IsZero() || x.at.Before(s.First) {
		s.First = x.at
	}
	if x.at.After(s.Last) {
		s.Last = x.at
	}
	slowest := x.duration > s.MaxTime
	if slowest {
		s.MaxTime = x.duration
	}
	if s == g.rest {
		return
	}
	if len(s.Samples) < keepSamples || slowest && x.duration > s.Samples[0].Duration {
		g.sample(s, x)
	}
}

// sample keeps an execution as the first sample if it is the slowest.
func (g *grouper) sample(s *Statement, x *execution) {
	binds := parseParameters(x.parameters)
	for i := range s.Samples {
		old := &s.Samples[i]
		if old.Text == string(x.text) && slices.Equal(old.Binds, binds) {
			old.Duration = max(old.Duration, x.duration)
			if i > 0 && old.Duration > s.Samples[0].Duration {
				s.Samples[0], s.Samples[i] = s.Samples[i], s.Samples[0]
			}
			return
		}
	}
	if len(x.text) > maxSampleText || g.textBytes > maxKeptText {
		if len(s.Samples) > 0 {
			return
		}
		x.text, x.cut = x.text[:min(len(x.text), maxSampleText)], true
	}
	sample := Sample{Binds: binds, Duration: x.duration, Cut: x.cut}
	if len(s.Samples) > 0 && s.Samples[0].Text == string(x.text) {
		sample.Text = s.Samples[0].Text
	} else {
		sample.Text = string(x.text)
		g.textBytes += len(x.text)
	}
	switch {
	case len(s.Samples) == 0 || better(sample, s.Samples[0]):
		s.User, s.Application = g.intern(x.user), g.intern(x.application)
		s.Samples = append([]Sample{sample}, s.Samples[:min(len(s.Samples), keepSamples-1)]...)
	case len(s.Samples) < keepSamples:
		s.Samples = append(s.Samples, sample)
	}
}

// better tells whether a sample serves as the first better than another: whole before cut, slow before fast.
func better(a, b Sample) bool {
	if a.Cut != b.Cut {
		return b.Cut
	}
	return a.Duration > b.Duration
}

// plan keeps a logged plan if it is one of the slowest.
func (g *grouper) plan(s *Statement, p LoggedPlan) {
	if s == g.rest || len(p.Text) > maxPlanText || g.textBytes > maxKeptText {
		return
	}
	if len(s.Plans) == keepPlans && p.Duration <= s.Plans[keepPlans-1].Duration {
		return
	}
	p.Text = strings.Clone(p.Text)
	g.textBytes += len(p.Text)
	s.Plans = append(s.Plans, p)
	slices.SortStableFunc(s.Plans, func(a, b LoggedPlan) int { return cmp.Compare(b.Duration, a.Duration) })
	if len(s.Plans) > keepPlans {
		g.textBytes -= len(s.Plans[keepPlans].Text)
		s.Plans = s.Plans[:keepPlans]
	}
}

// statements returns what was grouped, in no order.
func (g *grouper) statements() []*Statement {
	all := make([]*Statement, 0, len(g.groups)+1)
	for _, s := range g.groups {
		s.readText()
		all = append(all, s)
	}
	if g.rest != nil {
		all = append(all, g.rest)
	}
	return all
}
