package analyze

import (
	"slices"

	"github.com/pgassay/pgassay/internal/report"
)

// Ignore is a finding that someone decided to live with.
type Ignore struct {
	Fingerprint string // of a statement, or the id of a finding
	Rule        string // of the statement's findings only this rule's; "" is all of them
	Reason      string
}

// Ignored is a finding that was left out.
type Ignored struct {
	ID          string `json:"id"`
	Rule        string `json:"rule"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Table       string `json:"table,omitempty"`
	Title       string `json:"title"`
	Reason      string `json:"reason"`

	finding Finding
}

func (i Ignore) matches(f Finding) bool {
	if i.Rule != "" && i.Rule != f.Rule && !slices.Contains(f.Also, i.Rule) {
		return false
	}
	return i.Fingerprint == f.Fingerprint || slices.Contains(f.Identities(), i.Fingerprint)
}

// ignore takes findings out of the result and keeps them, with the reasons, in Ignored.
func (r *Result) ignore(list []Ignore) {
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		i := slices.IndexFunc(list, func(i Ignore) bool { return i.matches(f) })
		if i < 0 {
			return false
		}
		r.Ignored = append(r.Ignored, Ignored{ID: f.Identity(), Rule: f.Rule, Fingerprint: f.Fingerprint, Table: f.Table, Title: f.Title, Reason: list[i].Reason, finding: f})
		r.uncount(f)
		return true
	})
}

// uncount takes a finding off the counts of its statements.
func (r *Result) uncount(f Finding) {
	fingerprints := []string{f.Fingerprint}
	for _, related := range f.Related {
		if related.What == report.AlsoServed {
			fingerprints = append(fingerprints, related.Fingerprint)
		}
	}
	for i := range r.Statements {
		s := &r.Statements[i]
		if s.Findings > 0 && s.Fingerprint != "" && slices.Contains(fingerprints, s.Fingerprint) {
			s.Findings--
		}
	}
}
