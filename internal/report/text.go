package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/pgassay/pgassay/internal/units"
)

// The ANSI styles that the text renderer uses; see ECMA-48, SGR.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	yellow = "33"
	cyan   = "36"
)

// renderText writes a Document for a terminal or a plain file.
func renderText(w io.Writer, d Document, opts Options) error {
	t := textRenderer{Writer: bufio.NewWriter(w), opts: opts}
	if d.Title != "" {
		t.line(t.style(bold, d.Title))
	}
	for i, block := range d.Blocks {
		if _, drawn := block.(Plans); drawn {
			continue
		}
		if i > 0 || d.Title != "" {
			t.line("")
		}
		switch b := block.(type) {
		case Heading:
			t.line(t.style(bold, b.Text))
		case Paragraph:
			t.line(wrap(b.Text, opts.Width, 0))
		case List:
			for _, item := range b.Items {
				t.line("  - " + wrap(item, opts.Width, 4))
			}
		case Code:
			t.line(indent(b.Text))
		case Table:
			if err := t.table(b); err != nil {
				return err
			}
		case Finding:
			t.finding(b)
		case Raw:
			if b.Instead != "" {
				t.line(wrap(b.Instead, opts.Width, 0))
			}
		}
	}
	return t.Flush()
}

type textRenderer struct {
	*bufio.Writer
	opts Options
}

func (t textRenderer) line(s string) { fmt.Fprintln(t, s) }

func (t textRenderer) style(code, s string) string {
	if !t.opts.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t textRenderer) table(table Table) error {
	if table.Caption != "" {
		t.line(table.Caption)
	}
	alignment := make(tw.Alignment, len(table.Columns))
	header := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		header[i], alignment[i] = column.Name, tw.AlignLeft
		if column.Right {
			alignment[i] = tw.AlignRight
		}
	}
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}, // AutoFormat would turn "p95 ms" into "P 95 MS"
		Alignment:  tw.CellAlignment{PerColumn: alignment},
	}
	config := tablewriter.Config{Header: cells, Row: cells}
	out := tablewriter.NewTable(t, tablewriter.WithConfig(config),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Symbols:  tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.On}},
		})))
	out.Header(header)
	rows := make([][]string, len(table.Rows))
	for i, row := range table.Rows {
		for _, value := range row {
			rows[i] = append(rows[i], value.Text)
		}
	}
	for _, texts := range fit(table.Columns, rows, t.opts.Width) {
		if err := out.Append(texts); err != nil {
			return fmt.Errorf("render table: %w", err)
		}
	}
	if err := out.Render(); err != nil {
		return fmt.Errorf("render table: %w", err)
	}
	return nil
}

func (t textRenderer) finding(f Finding) {
	colors := map[Severity]string{Error: red, Warning: yellow, Note: cyan}
	t.line(t.style(colors[f.Severity], string(f.Severity)) + "  " + t.style(bold, f.Title) + "  " + t.style(faint, "["+f.Rule+"]"))
	for _, line := range f.details() {
		t.line(fmt.Sprintf("  %-10s %s", line.name, wrap(line.value.Text, t.opts.Width, 13)))
	}
	if f.Statement != "" {
		t.line(fmt.Sprintf("  %-10s %s", "statement", wrap(oneLine(f.Statement), t.opts.Width, 13)))
	}
	if f.Mend.Text != "" {
		t.line(fmt.Sprintf("  %-10s %s", "mend", wrap(f.Mend.Text, t.opts.Width, 13)))
	}
	if f.Mend.SQL != "" {
		for line := range strings.SplitSeq(strings.TrimRight(f.Mend.SQL, "\n"), "\n") {
			t.line("             " + t.style(bold, line))
		}
	}
}

// detail is one named line under a finding's title.
type detail struct {
	name  string
	value Value
}

// details lists what a finding rests on, in the order in which a reader asks for it.
func (f Finding) details() []detail {
	var lines []detail
	add := func(name string, v Value) {
		if v.Text != "" {
			lines = append(lines, detail{name, v})
		}
	}
	where := f.Table
	if where != "" && len(f.Columns) > 0 {
		where += " (" + strings.Join(f.Columns, ", ") + ")"
	}
	add("table", Name(where))
	add("function", Name(f.Function))
	add("request", Name(f.Route))
	add("call site", Name(f.CallSite))
	at := f.Location
	if f.Excerpt != "" {
		at = strings.TrimPrefix(at+": "+f.Excerpt, ": ")
	}
	add("where", Name(at))
	add("plan node", Name(f.Node))
	evidence := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		evidence[i] = e.String()
	}
	name := "measured"
	if f.Estimated {
		name = "estimated"
	}
	add(name, Text(strings.Join(evidence, ", ")))
	add("costs", Text(f.costs()))
	if p := f.Proof; p != nil {
		add("proof", Text(p.String()))
	}
	add("also", Text(strings.Join(f.Also, ", ")))
	return lines
}

// String writes a proof in one line.
func (p Proof) String() string {
	s := fmt.Sprintf("%s: %s before, %s after", p.Method, units.Duration(time.Duration(p.BeforeNS)), units.Duration(time.Duration(p.AfterNS)))
	if p.RowsEqual {
		s += ", same rows"
	}
	if p.PlanChanged {
		s += ", plan changed"
	}
	return s
}

// wrap breaks text at white space to fit width columns, later lines indented by hang. Width 0 leaves one line.
func wrap(text string, width, hang int) string {
	words := strings.Fields(text)
	limit := max(width-hang, 20)
	var out strings.Builder
	column := 0
	for i, word := range words {
		size := len([]rune(word))
		switch {
		case i == 0:
		case width > 0 && column+1+size > limit:
			out.WriteString("\n" + strings.Repeat(" ", hang))
			column = 0
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += size
	}
	return out.String()
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}
