package profile

import (
	"cmp"
	"slices"

	"github.com/pgassay/pgassay/internal/report"
)

// Subsystem is what one owner's work of one mechanism counted. All subsystems of a profile together are its total.
type Subsystem struct {
	Owner     Owner     `json:"owner"`
	Mechanism Mechanism `json:"mechanism"`
	Value     int64     `json:"value"`
	Share     float64   `json:"share"`
	Caller    string    `json:"caller,omitempty"` // the application's function that it was done for most
	// CallerShare is how much of it was done for that.
	CallerShare float64 `json:"caller_share,omitempty"`

	callers map[string]int64
}

// subsystems counts a column by owner and mechanism, the most first. Mechanisms are told of CPU profiles alone: what a
// heap profile counts is all allocation, and what a mutex profile counts is all waiting.
func subsystems(reader *stacks, column int, mechanisms bool) []Subsystem {
	type key struct {
		owner     Owner
		mechanism Mechanism
	}
	values := map[key]int64{}
	callers := map[key]map[string]int64{}
	f := reader.flat
	var all int64
	for sample := range f.samples() {
		value := f.value(sample, column)
		if value == 0 {
			continue
		}
		frames := reader.of(sample)
		_, owner := responsible(frames)
		k := key{owner: owner}
		if mechanisms {
			k.mechanism = mechanismOf(frames)
		}
		values[k] += value
		all += abs(value)
		if at := slices.IndexFunc(frames, func(f frame) bool { return f.owner == Application }); at >= 0 {
			if callers[k] == nil {
				callers[k] = map[string]int64{}
			}
			callers[k][frames[at].outer] += value
		}
	}
	list := make([]Subsystem, 0, len(values))
	for k, value := range values {
		s := Subsystem{Owner: k.owner, Mechanism: k.mechanism, Value: value, Share: share(value, all), callers: callers[k]}
		caller, part := most(callers[k])
		s.Caller, s.CallerShare = caller, share(part, value)
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Subsystem) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Mechanism, b.Mechanism))
	})
	return list
}

// columnsOf are the mechanisms in the order of the table.
var columnsOf = []Mechanism{Computing, Allocation, GC, Copying, Locks, Scheduler, Syscalls}

// subsystemTable draws both axes: a row for each owner, a column for each mechanism that has a share.
func subsystemTable(list []Subsystem) report.Table {
	shares := map[Owner]map[Mechanism]float64{}
	sums, used := map[Owner]float64{}, map[Mechanism]float64{}
	var owners []Owner
	for _, s := range list {
		if shares[s.Owner] == nil {
			shares[s.Owner] = map[Mechanism]float64{}
			owners = append(owners, s.Owner)
		}
		shares[s.Owner][s.Mechanism] += s.Share
		sums[s.Owner] += s.Share
		used[s.Mechanism] += s.Share
	}
	slices.SortStableFunc(owners, func(a, b Owner) int { return cmp.Compare(sums[b], sums[a]) })
	table := report.Table{Columns: []report.Column{{Name: "whose"}, {Name: "all", Right: true}}}
	var columns []Mechanism
	for _, m := range columnsOf {
		if used[m] > 0 {
			columns = append(columns, m)
			table.Columns = append(table.Columns, report.Column{Name: string(m), Right: true})
		}
	}
	for _, owner := range owners {
		row := []report.Value{report.Text(string(owner)), report.Percent(sums[owner])}
		for _, m := range columns {
			if shares[owner][m] == 0 {
				row = append(row, report.Text(""))
			} else {
				row = append(row, report.Percent(shares[owner][m]))
			}
		}
		table.Rows = append(table.Rows, row)
	}
	if len(columns) > 0 {
		row := []report.Value{report.Text("all"), report.Text("100%")}
		for _, m := range columns {
			row = append(row, report.Percent(used[m]))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
