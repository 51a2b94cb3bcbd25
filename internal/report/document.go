// Package report holds what every command reports in one model, a Document, and renders it: as text for a terminal, as
// Markdown, as one HTML file. A feature builds its Document from its result and knows no format; a format knows Documents
// and no feature. Finding, the one shape that several commands share, lives here too.
package report

import (
	"fmt"
	"io"
	"time"

	"github.com/pgassay/pgassay/internal/units"
)

// Document is a report: blocks in reading order, and what formats for machines tell besides.
type Document struct {
	Title  string
	Blocks []Block
	Cases  []Case // what was examined, whether or not something was found
	Rules  []Rule // documentation of the findings' rules
}

// Case is one thing that was examined, such as a statement. A finding belongs to the case with its Source and Fingerprint.
type Case struct {
	Name        string // for people
	Source      string // where it begins: queries.sql:10
	Fingerprint string
	Lines       int           // that it takes there; 0 means not known
	Duration    time.Duration // 0 means not known
	Skipped     string        // why it could not be examined in full; "" if it was
}

// Rule documents what a finding's rule means.
type Rule struct {
	ID     string
	Title  string // what is wrong, in a few words
	About  string // what it means and why it costs
	Silent string // when the rule says nothing
	Advice string // what to do
}

// Add appends blocks.
func (d *Document) Add(blocks ...Block) { d.Blocks = append(d.Blocks, blocks...) }

// Findings returns the findings among the blocks, in order.
func (d Document) Findings() []Finding {
	var found []Finding
	for _, block := range d.Blocks {
		if finding, ok := block.(Finding); ok {
			found = append(found, finding)
		}
	}
	return found
}

// Block is one part of a Document: Heading, Paragraph, List, Code, Table, Finding, Plans or Raw.
type Block interface{ block() }

// Heading starts a section; Level 1 is the highest below the title.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is running text.
type Paragraph struct{ Text string }

// List is a list of short texts.
type List struct{ Items []string }

// Code is text whose white space matters.
type Code struct {
	Language string // sql, text, mermaid, …: a Markdown info string
	Text     string
}

// Table is a table of values. Every row has one Value per column.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Value
}

// Column is a table's column.
type Column struct {
	Name  string
	Right bool // numbers are aligned right
}

// Plans are query plans. Only the HTML renderer shows them, drawn.
type Plans struct {
	List []Plan
	Left int // further ones that are not shown
}

// Plan is a query plan.
type Plan struct {
	Title       string
	Source      string // those of the case and the findings that it belongs to
	Fingerprint string
	JSON        string // as EXPLAIN (FORMAT JSON) writes it
	SQL         string // the statement
	Outline     string // the tree in lines of text, for print and where scripts don't run
}

// Raw is markup that only the HTML renderer shows, such as a drawn plan; the others show Instead, or nothing if it is
// empty. HTML must be well-formed, and escaped by whoever makes it.
type Raw struct {
	HTML    string
	Head    string // what it needs in the document's head (style, script); equal heads are written once
	Instead string
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (List) block()      {}
func (Code) block()      {}
func (Table) block()     {}
func (Plans) block()     {}
func (Raw) block()       {}
func (Finding) block()   {}

// Value is a table's cell: what people see. Machines read the result's JSON instead.
type Value struct {
	Text string
	Code bool // shown as code where the format can
}

// The constructors below write a value with its unit.

// Text is a value of plain text.
func Text(s string) Value { return Value{Text: s} }

// Textf is Text with a format.
func Textf(format string, args ...any) Value { return Value{Text: fmt.Sprintf(format, args...)} }

// Name is the name of something in code: a relation, a function, a file.
func Name(s string) Value { return Value{Text: s, Code: true} }

// Count is a number of things.
func Count(n int64) Value { return Value{Text: units.Count(n)} }

// Bytes is a size.
func Bytes(n int64) Value { return Value{Text: units.Bytes(n)} }

// Duration is a length of time.
func Duration(d time.Duration) Value { return Value{Text: units.Duration(d)} }

// Percent is a share between 0 and 1.
func Percent(share float64) Value { return Value{Text: units.Percent(share)} }

// Rate is a number per second.
func Rate(perSecond float64) Value { return Value{Text: units.Rate(perSecond)} }

// Options choose how a Document is rendered. The zero value is right for a file or a pipe.
type Options struct {
	Color bool // ANSI colours, in text only
	Width int  // columns of the terminal, in text only; 0 means not limited

	// Of the formats for machines.
	Folder  string   // the current folder, which relative file names start from; "" leaves names as they are
	Root    string   // files under it are named relative to it; "" means Folder
	FailOn  Severity // of JUnit: findings as severe are failures; "" means none is
	Version string   // of pgassay
}

// Format names a rendering.
type Format string

// The formats that a Document itself can be rendered in. JSON is made from a command's result, not from its Document.
const (
	TextFormat     Format = "text"
	MarkdownFormat Format = "markdown"
	HTMLFormat     Format = "html"
	SARIFFormat    Format = "sarif"  // 2.1.0, for code scanning
	JUnitFormat    Format = "junit"  // XML, for CI systems
	GitHubFormat   Format = "github" // workflow commands that annotate lines
)

// Render writes d to w in a format. An unknown format is an error.
func Render(w io.Writer, d Document, format Format, opts Options) error {
	switch format {
	case TextFormat:
		return renderText(w, d, opts)
	case MarkdownFormat:
		return renderMarkdown(w, d)
	case HTMLFormat:
		return renderHTML(w, d)
	case SARIFFormat:
		return renderSARIF(w, d, opts)
	case JUnitFormat:
		return renderJUnit(w, d, opts)
	case GitHubFormat:
		return renderGitHub(w, d, opts)
	}
	return fmt.Errorf("render report: unknown format %q", format)
}
