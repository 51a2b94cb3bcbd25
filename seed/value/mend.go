package value

import (
	"fmt"
	"slices"
	"time"
)

const (
	poolRows  = 1000 // good rows that are kept where only some are
	trialRows = 6000 // rows that are looked at for them
)

// cluster is groups that failing checks tie together: they are mended as one.
type cluster struct {
	groups []*assembled
	names  []string // of the columns, those that are not given
}

// mend looks for rows that satisfy the checks that some rows fail, cluster by cluster.
func (a *assembly) mend(failing []tableCheck, bad map[string]bool) error {
	for len(failing) > 0 {
		c := a.cluster(failing)
		if len(c.names) == 0 {
			if err := a.confirm(failing[0]); err != nil {
				return err
			}
			failing = failing[1:]
			continue
		}
		var mine, rest []tableCheck
		for _, check := range failing {
			if c.reads(check) {
				mine = append(mine, check)
			} else {
				rest = append(rest, check)
			}
		}
		broken := slices.ContainsFunc(mine, func(check tableCheck) bool { return bad[check.name] })
		if err := a.mendCluster(c, mine, broken); err != nil {
			return err
		}
		failing = rest
	}
	return nil
}

// confirm fails a check that reads given columns alone if some of many rows do not satisfy it.
func (a *assembly) confirm(check tableCheck) error {
	rows := make([]uint64, min(trialRows, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)
	}
	verdicts, err := a.judge([]tableCheck{check}, rows, nil)
	if err == nil && verdicts[0].bad > 0 {
		a.demand(check, "the columns are made by keys, whose values do not satisfy it")
	}
	return err
}

// cluster gathers the groups of the first check, and of every other one that reads a column of theirs.
func (a *assembly) cluster(failing []tableCheck) *cluster {
	c := &cluster{}
	queue := slices.Clone(failing[:1])
	done := map[string]bool{}
	for len(queue) > 0 {
		check := queue[0]
		queue = queue[1:]
		if done[check.name] {
			continue
		}
		done[check.name] = true
		for _, g := range a.groups {
			own := slices.ContainsFunc(check.reads(), func(name string) bool {
				return slices.Contains(g.names, name) && !a.puzzle.columns[name].given
			})
			if !own || slices.Contains(c.groups, g) {
				continue
			}
			c.groups = append(c.groups, g)
			for _, name := range g.names {
				if pc := a.puzzle.columns[name]; !pc.given && pc.column != nil {
					c.names = append(c.names, name)
				}
			}
		}
		for _, other := range failing {
			if c.reads(other) && !done[other.name] {
				queue = append(queue, other)
			}
		}
	}
	return c
}

func (c *cluster) reads(check tableCheck) bool {
	return slices.ContainsFunc(check.reads(), func(name string) bool { return slices.Contains(c.names, name) })
}

// checksOf lists the checks that read a column of a cluster.
func (a *assembly) checksOf(c *cluster) []tableCheck {
	var out []tableCheck
	for _, check := range a.puzzle.checks {
		if check.sql != "" && a.judgeable(check) && c.reads(check) {
			out = append(out, check)
		}
	}
	return out
}

// mendCluster keeps the rows of a cluster that satisfy its checks; where too few do it tries other combinations of values.
// broken says that some row is known to fail.
func (a *assembly) mendCluster(c *cluster, failing []tableCheck, broken bool) error {
	checks := a.checksOf(c)
	distinct := slices.ContainsFunc(c.names, func(name string) bool { return a.puzzle.columns[name].wish.distinct })
	wanted, limit := poolRows, trialRows
	if distinct {
		wanted = int(min(a.request.Rows, 200_000))
		limit = max(trialRows, 4*wanted)
	}
	given := slices.ContainsFunc(checks, func(check tableCheck) bool {
		return slices.ContainsFunc(check.columns, func(name string) bool { return a.puzzle.columns[name].given })
	})
	pool, tried, err := a.goodRows(checks, wanted, limit, distinct, given)
	if err != nil {
		return err
	}
	if len(pool) == tried && !broken {
		return nil // what was not understood lets everything through
	}
	if given || distinct && len(pool) < wanted {
		if kept, err := a.keepScenarios(c, checks); err != nil || kept {
			return err
		}
	}
	if given {
		if restyled, err := a.restyle(c, checks); err != nil || restyled {
			return err
		}
		for _, check := range failing {
			a.demand(check, "none of the values tried satisfies it")
		}
		return nil
	}
	full := pool
	if !distinct {
		full = a.withValues(pool, failing)
	}
	if len(full) >= wanted || !distinct && len(full) >= 20 {
		a.remap(c, full, distinct)
		return nil
	}
	if !distinct {
		found, err := a.mine(c, checks)
		if err != nil || found {
			return err
		}
		if len(pool) > 0 {
			a.remap(c, pool, false)
			return nil
		}
	}
	if restyled, err := a.restyle(c, checks); err != nil || restyled {
		return err
	}
	return a.explainFailure(failing)
}

// goodRows looks at rows until enough of them satisfy the checks.
func (a *assembly) goodRows(checks []tableCheck, wanted, limit int, distinct, given bool) (pool []uint64, tried int, err error) {
	for size := 300; tried < limit && len(pool) < wanted && a.spent < patience; size = min(2*size, 4000) {
		rows := make([]uint64, min(size, limit-tried))
		for i := range rows {
			switch at := uint64(tried + i); {
			case given:
				rows[i] = a.request.First + at%max(1, a.request.Rows)
			case distinct:
				rows[i] = a.request.First + at
			default:
				rows[i] = a.request.First + at + 1<<40 // rows that no table has
			}
		}
		verdicts, err := a.judge(checks, rows, nil)
		if err != nil {
			return nil, 0, err
		}
		for i, row := range rows {
			if good(verdicts, i) {
				pool = append(pool, row)
			}
		}
		tried += len(rows)
		if tried >= 1200 && len(pool) == 0 {
			break
		}
	}
	return pool, tried, nil
}

// withValues leaves most of the rows out that satisfy checks only because they have null in a column that may be null:
// those would be too many where few values satisfy a check.
func (a *assembly) withValues(pool []uint64, checks []tableCheck) []uint64 {
	var names []string
	for _, c := range checks {
		names = append(names, c.reads()...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	nulls := make([]int, len(pool))
	fewest := len(names)
	for i, row := range pool {
		for _, name := range names {
			if _, null := a.value(name, row); null {
				nulls[i]++
			}
		}
		fewest = min(fewest, nulls[i])
	}
	if fewest == len(names) && fewest > 0 {
		return nil // nothing but nulls
	}
	var out, rest []uint64
	for i, row := range pool {
		if nulls[i] == fewest {
			out = append(out, row)
		} else {
			rest = append(rest, row)
		}
	}
	return append(out, rest[:min(len(rest), len(out)/8)]...)
}

// remap lets the columns of a cluster take the values of good rows, all of the same one in a row.
func (a *assembly) remap(c *cluster, pool []uint64, inOrder bool) {
	for _, g := range c.groups {
		g.pool, g.inOrder, g.first, g.stream = pool, inOrder, a.request.First, c.groups[0].stream
		for place, name := range g.names {
			a.republish(g.group, place, name, "")
		}
	}
}

// republish lets a column be made by a group after all, because the group was mended.
func (a *assembly) republish(g *group, place int, name, from string) {
	pc := a.puzzle.columns[name]
	made, ok := a.out.Columns[name]
	if pc.column == nil || pc.given || !ok && from == "" {
		return
	}
	made.Generator = &groupColumn{g, place}
	if !ok {
		made = Column{Generator: made.Generator, From: from, Width: 16}
	} else {
		made.From += ", those that satisfy the checks"
	}
	a.set(name, made, g.tuples == nil)
}

// demand leaves a check that given columns fail to the engine.
func (a *assembly) demand(check tableCheck, reason string) {
	unsolved := a.out.Unsolved
	a.out.Unsolved = nil
	a.fail("", check.name, check.definition, reason)
	a.out.Demands = append(a.out.Demands, a.out.Unsolved...)
	a.out.Unsolved = unsolved
}

func (a *assembly) explainFailure(failing []tableCheck) error {
	reason := "none of the values tried satisfies it"
	if a.spent > patience {
		reason += fmt.Sprintf("; the server took %s for %d of them, then no more were tried", a.spent.Round(time.Second), a.judged)
	}
	for _, c := range failing {
		a.fail("", c.name, c.definition, reason)
	}
	return nil
}
