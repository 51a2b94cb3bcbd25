package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// The elements of a JUnit report, as Jenkins, GitLab and their like read it: suites of cases, a case with at most one
// failure. There is no official schema; the common one is that of Ant's junitreport.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`

		time time.Duration
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// renderJUnit writes a test case for each case of the document and, for findings that belong to none, such as those on
// tables and loops, one for each finding. Findings as severe as opts.FailOn fail their case; milder ones are its output.
func renderJUnit(w io.Writer, d Document, opts Options) error {
	all := junitSuites{Name: "pgassay"}
	byCase := map[Case][]Finding{}
	var others []Finding
	for _, f := range d.Findings() {
		if c, ok := d.caseOf(f); ok {
			byCase[c] = append(byCase[c], f)
		} else {
			others = append(others, f)
		}
	}
	for _, c := range d.Cases {
		suite := "statements"
		if p := parsePlace(c.Source); p.file != "" {
			suite = p.relative(opts)
		}
		one := junitOf(suite, c.Name, parsePlace(c.Source), c.Duration, byCase[c], opts)
		if one.Failure == nil && c.Skipped != "" {
			one.Skipped = &junitSkipped{c.Skipped}
		}
		all.add(suite, one, c.Duration)
	}
	for _, f := range others {
		all.add(f.Rule, junitOf(f.Rule, f.Title, f.where(), 0, []Finding{f}, opts), 0)
	}
	all.count()
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("render junit: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("render junit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitOf(suite, name string, at place, took time.Duration, findings []Finding, opts Options) junitCase {
	one := junitCase{Class: suite, Name: name, Time: seconds(took)}
	if at.file != "" {
		one.File, one.Line = at.relative(opts), at.line
	}
	var failures, output []string
	for _, f := range findings {
		text := fmt.Sprintf("%s: %s [%s]\n%s", f.Severity, f.Title, f.Rule, f.summary())
		if p := f.where(); p.file != "" && p.line > 0 {
			text = fmt.Sprintf("%s:%d: %s", p.relative(opts), p.line, text)
		}
		if opts.FailOn == "" || !f.Severity.AtLeast(opts.FailOn) {
			output = append(output, text)
			continue
		}
		failures = append(failures, text)
		if one.Failure == nil {
			one.Failure = &junitFailure{Message: f.Title, Type: f.Rule}
		}
	}
	if one.Failure != nil {
		one.Failure.Text = strings.Join(failures, "\n\n")
		if more := len(failures) - 1; more > 0 {
			one.Failure.Message += fmt.Sprintf(" (and %d more)", more)
		}
	}
	one.Output = strings.Join(output, "\n\n")
	return one
}

// add puts a case into the suite of this name.
func (s *junitSuites) add(suite string, c junitCase, took time.Duration) {
	for i := range s.Suites {
		if s.Suites[i].Name == suite {
			s.Suites[i].Cases = append(s.Suites[i].Cases, c)
			s.Suites[i].time += took
			return
		}
	}
	s.Suites = append(s.Suites, junitSuite{Name: suite, Cases: []junitCase{c}, time: took})
}

// count fills the sums in.
func (s *junitSuites) count() {
	var total time.Duration
	for i := range s.Suites {
		suite := &s.Suites[i]
		for _, c := range suite.Cases {
			suite.Tests++
			switch {
			case c.Failure != nil:
				suite.Failures++
			case c.Skipped != nil:
				suite.Skipped++
			}
		}
		suite.Time = seconds(suite.time)
		s.Tests, s.Failures, s.Skipped, total = s.Tests+suite.Tests, s.Failures+suite.Failures, s.Skipped+suite.Skipped, total+suite.time
	}
	s.Time = seconds(total)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
