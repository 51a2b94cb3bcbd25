package seed

import (
	"fmt"
	"strings"
)

// Unfillable is a table for which no rows can be made.
type Unfillable struct {
	Table      string `json:"table"`
	Column     string `json:"column,omitempty"`
	Constraint string `json:"constraint,omitempty"`
	Definition string `json:"definition,omitempty"`
	Reason     string `json:"reason"`
	Advice     string `json:"advice"`          // what to write in seed.yaml
	Where      string `json:"where,omitempty"` // the place in the configuration that is to blame, as in seed.yaml:12
}

// String names the table, the constraint and what to do.
func (u *Unfillable) String() string {
	var b strings.Builder
	b.WriteString(u.Table)
	if u.Column != "" {
		fmt.Fprintf(&b, ", column %s", u.Column)
	}
	if u.Constraint != "" {
		fmt.Fprintf(&b, ", constraint %s", u.Constraint)
	}
	if u.Definition != "" {
		fmt.Fprintf(&b, " (%s)", u.Definition)
	}
	fmt.Fprintf(&b, ": %s", u.Reason)
	if u.Advice != "" {
		fmt.Fprintf(&b, "; %s", u.Advice)
	}
	return b.String()
}

// UnfillableError says which tables can't be filled.
type UnfillableError struct{ Tables []*Unfillable }

func (e *UnfillableError) Error() string {
	lines := make([]string, len(e.Tables))
	for i, u := range e.Tables {
		lines[i] = u.String()
	}
	return fmt.Sprintf("these can't be filled:\n  %s\nfill everything else with --skip-unfillable", strings.Join(lines, "\n  "))
}
