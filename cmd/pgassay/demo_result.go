package main

import (
	"fmt"
	"time"

	"github.com/pgassay/pgassay/internal/report"
	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed"
)

// demoResult is what the demo made and found. Its JSON is a contract: it only ever gains fields.
type demoResult struct {
	Version  int                `json:"version"`
	Server   string             `json:"server_version"`
	Rows     int64              `json:"rows"` // asked for
	Seed     uint64             `json:"seed"`
	Fixed    bool               `json:"fixed"` // the service ran without its faults
	Seeded   []seed.TableResult `json:"seeded"`
	Load     []demoLoad         `json:"load"`
	Findings []report.Finding   `json:"findings"`
	Verdicts []string           `json:"verdicts"` // what the judgement of the profiles rests on
	Steps    []demoStep         `json:"steps"`
	Kept     *demoKept          `json:"kept,omitempty"` // with --keep
	Warnings []string           `json:"warnings"`
	Duration time.Duration      `json:"duration_ns"`
}

// demoStep is one step of the demo.
type demoStep struct {
	Name     string        `json:"name"`
	Detail   string        `json:"detail"`
	Duration time.Duration `json:"duration_ns"`
}

// demoLoad is what one endpoint answered. Times count from when a request was sent.
type demoLoad struct {
	Endpoint string        `json:"endpoint"`
	Requests int64         `json:"requests"`
	Mean     time.Duration `json:"mean_ns"`
	P95      time.Duration `json:"p95_ns"`
}

// Document shows the result to people: first what was found, then how.
func (r *demoResult) Document() report.Document {
	d := report.Document{Title: "Demo"}
	var requests int64
	for _, l := range r.Load {
		requests += l.Requests
	}
	service, found := "A service with planted faults", "nothing was found"
	if r.Fixed {
		service = "The service without its faults"
	}
	switch n := len(r.Findings); {
	case n == 1:
		found = "1 fault was found"
	case n > 1:
		found = fmt.Sprintf("%d faults were found", n)
	}
	d.Add(report.Paragraph{Text: fmt.Sprintf("%s on PostgreSQL %s, %s rows, %s requests: %s in %s.",
		service, r.Server, units.Count(r.Rows), units.Count(requests), found, units.Duration(r.Duration))})
	for _, f := range r.Findings {
		d.Add(f)
	}

	d.Add(report.Heading{Level: 1, Text: "What was done"})
	steps := report.Table{Columns: []report.Column{{Name: "step"}, {Name: "took", Right: true}, {Name: ""}}}
	for _, s := range r.Steps {
		steps.Rows = append(steps.Rows, []report.Value{report.Text(s.Name), report.Duration(s.Duration), report.Text(s.Detail)})
	}
	endpoints := report.Table{Caption: "Load", Columns: []report.Column{{Name: "endpoint"}, {Name: "requests", Right: true}, {Name: "mean", Right: true}, {Name: "p95", Right: true}}}
	for _, l := range r.Load {
		endpoints.Rows = append(endpoints.Rows, []report.Value{report.Name(l.Endpoint), report.Count(l.Requests), report.Duration(l.Mean), report.Duration(l.P95)})
	}
	d.Add(steps, endpoints, report.List{Items: r.Verdicts})
	if len(r.Warnings) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Warnings"}, report.List{Items: r.Warnings})
	}
	if r.Kept != nil {
		d.Add(report.Heading{Level: 1, Text: "Kept"}, report.Paragraph{Text: "The server runs on, and what was recorded is in its folder. To try on it:"},
			report.Code{Language: "sh", Text: r.Kept.commands()})
	}
	return d
}
