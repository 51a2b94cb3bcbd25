package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze"
)

// counts are findings that are right, findings that are wrong, and faults that were not found.
type counts struct{ right, wrong, missed int }

func (c *counts) add(other counts) {
	c.right, c.wrong, c.missed = c.right+other.right, c.wrong+other.wrong, c.missed+other.missed
}

func (c counts) precision() float64 { return ratio(c.right, c.right+c.wrong) }
func (c counts) recall() float64    { return ratio(c.right, c.right+c.missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// sets are the counts of the statements that rules were tuned on, and of those kept aside.
type sets struct{ tuned, aside counts }

func (s *sets) all() counts {
	all := s.tuned
	all.add(s.aside)
	return all
}

type score struct {
	corpus     string
	aside      bool // the statements that come are
	total      sets
	rules      map[string]*sets
	corpora    []corpusScore
	statements sets // in the field right
	unsteady   int  // statements whose findings differed from one time to the next
}

type corpusScore struct {
	name       string
	statements int
	sets
}

// add counts the findings of one statement: one that is right, and all that are wrong.
func (s *score) add(labels []string, sql string, result *analyze.Result) {
	found := false
	var all counts
	count := func(id string, c counts) {
		all.add(c)
		if s.rules[id] == nil {
			s.rules[id] = &sets{}
		}
		s.pick(s.rules[id]).add(c)
	}
	for _, f := range result.Findings {
		right := slices.ContainsFunc(labels, func(l string) bool { return l == f.Rule || slices.Contains(f.Also, l) })
		if right && !found {
			found = true
			count(f.Rule, counts{right: 1})
		}
		if !right {
			count(f.Rule, counts{wrong: 1})
			fmt.Printf("wrong   %-9s %-22s %.150s\n", s.corpus, f.Rule, oneLine(sql))
		}
	}
	if labels[0] != "fine" && !found {
		count(labels[0], counts{missed: 1})
		fmt.Printf("missed  %-9s %-22s %.150s %s\n", s.corpus, labels[0], oneLine(sql), result.Statements[0].Reason)
	}
	if n := len(s.corpora); n == 0 || s.corpora[n-1].name != s.corpus {
		s.corpora = append(s.corpora, corpusScore{name: s.corpus})
	}
	c := &s.corpora[len(s.corpora)-1]
	c.statements++
	s.pick(&c.sets).add(all)
	s.pick(&s.total).add(all)
	s.pick(&s.statements).right++
}

func (s *score) pick(of *sets) *counts {
	if s.aside {
		return &of.aside
	}
	return &of.tuned
}

func (s *score) print() {
	heading := func(what string) {
		fmt.Printf("\n%-24s | %5s %5s %6s %9s %6s | %5s %5s %6s %9s %6s\n", what, "right", "wrong", "missed", "precision", "recall", "right", "wrong", "missed", "precision", "recall")
	}
	row := func(name string, of *sets) {
		fmt.Printf("%-24s |", name)
		for i, c := range []counts{of.tuned, of.aside} {
			if c == (counts{}) {
				fmt.Printf(" %35s", "")
			} else {
				fmt.Printf(" %5d %5d %6d %9.2f %6.2f", c.right, c.wrong, c.missed, c.precision(), c.recall())
			}
			if i == 0 {
				fmt.Print(" |")
			}
		}
		fmt.Println()
	}
	fmt.Printf("\n%d statements: rules were tuned on %d (on the left), %d were kept aside (on the right)\n",
		s.statements.all().right, s.statements.tuned.right, s.statements.aside.right)
	heading("corpus")
	for _, c := range s.corpora {
		row(fmt.Sprintf("%s (%d)", c.name, c.statements), &c.sets)
	}
	heading("rule")
	for _, id := range slices.Sorted(maps.Keys(s.rules)) {
		row(id, s.rules[id])
	}
	if s.unsteady > 0 {
		fmt.Printf("\n%d statements had other findings another time\n", s.unsteady)
	}
	all := s.total.all()
	fmt.Println(strings.Join([]string{
		"accuracy",
		fmt.Sprintf("tuned_precision=%.3f tuned_recall=%.3f", s.total.tuned.precision(), s.total.tuned.recall()),
		fmt.Sprintf("aside_precision=%.3f aside_recall=%.3f", s.total.aside.precision(), s.total.aside.recall()),
		fmt.Sprintf("plan_precision=%.3f plan_recall=%.3f", all.precision(), all.recall()),
	}, " "))
}
