package value

// keepRows is how many rows tell which scenarios keep the checks.
const keepRows = 2000

// keepScenarios leaves out the scenarios in which some row fails a check, where others are left: for columns that keys or
// other tables make, of which no good rows can be chosen. It tells whether every row is good then.
func (a *assembly) keepScenarios(c *cluster, checks []tableCheck) (bool, error) {
	rows := make([]uint64, min(keepRows, max(1, a.request.Rows)))
	for i := range rows {
		rows[i] = a.request.First + uint64(i)*(max(1, a.request.Rows)/uint64(len(rows)))
	}
	before := make([]group, len(c.groups))
	for i, g := range c.groups {
		before[i] = *g.group
	}
	for range 3 { // leaving one out may show what is wrong with another
		verdicts, err := a.judge(checks, rows, nil)
		if err != nil {
			return false, err
		}
		bad := map[*scenario]bool{}
		used := map[*scenario]bool{}
		failed := false
		for i, row := range rows {
			passes := good(verdicts, i)
			failed = failed || !passes
			for _, g := range c.groups {
				sc := g.pick(nil, nil, g.virtual(row))
				used[sc] = true
				bad[sc] = bad[sc] || !passes
			}
		}
		if !failed {
			return true, nil
		}
		narrowed := false
		for _, g := range c.groups {
			narrowed = g.keep(func(sc *scenario) bool { return used[sc] && !bad[sc] }) || narrowed
		}
		if !narrowed {
			break
		}
	}
	for i, g := range c.groups {
		*g.group = before[i]
	}
	return false, nil
}

// keep leaves scenarios out and tells whether it did: not if none would be left.
func (g *group) keep(keeps func(*scenario) bool) bool {
	var kept []*scenario
	total := 0.0
	for _, sc := range g.scenarios {
		if keeps(sc) {
			kept = append(kept, sc)
			total += sc.weight
		}
	}
	if len(kept) == 0 || len(kept) == len(g.scenarios) {
		return false
	}
	g.scenarios, g.shares = kept, nil
	sum := 0.0
	for _, sc := range kept {
		sum += sc.weight / total
		g.shares = append(g.shares, sum)
	}
	return true
}
