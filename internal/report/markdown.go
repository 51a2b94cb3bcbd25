package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// renderMarkdown writes GitHub-flavoured Markdown.
func renderMarkdown(w io.Writer, d Document) error {
	out := bufio.NewWriter(w)
	if d.Title != "" {
		fmt.Fprintf(out, "# %s\n", escapeMarkdown(d.Title))
	}
	for _, block := range d.Blocks {
		if _, drawn := block.(Plans); drawn {
			continue
		}
		fmt.Fprintln(out)
		switch b := block.(type) {
		case Heading:
			fmt.Fprintf(out, "%s %s\n", strings.Repeat("#", b.Level+1), escapeMarkdown(b.Text))
		case Paragraph:
			fmt.Fprintln(out, escapeMarkdown(b.Text))
		case List:
			for _, item := range b.Items {
				fmt.Fprintf(out, "- %s\n", escapeMarkdown(item))
			}
		case Code:
			writeFence(out, b.Language, b.Text)
		case Table:
			markdownTable(out, b)
		case Finding:
			markdownFinding(out, b)
		case Raw:
			if b.Instead != "" {
				fmt.Fprintln(out, escapeMarkdown(b.Instead))
			}
		}
	}
	return out.Flush()
}

func markdownTable(out io.Writer, t Table) {
	if t.Caption != "" {
		fmt.Fprintf(out, "%s\n\n", escapeMarkdown(t.Caption))
	}
	for _, column := range t.Columns {
		fmt.Fprintf(out, "| %s ", escapeMarkdown(column.Name))
	}
	fmt.Fprintln(out, "|")
	for _, column := range t.Columns {
		if column.Right {
			fmt.Fprint(out, "|---:")
		} else {
			fmt.Fprint(out, "|---")
		}
	}
	fmt.Fprintln(out, "|")
	for _, row := range t.Rows {
		for _, value := range row {
			fmt.Fprintf(out, "| %s ", markdownValue(value))
		}
		fmt.Fprintln(out, "|")
	}
}

func markdownFinding(out io.Writer, f Finding) {
	fmt.Fprintf(out, "### %s: %s\n\n", f.Severity, escapeMarkdown(f.Title))
	for _, line := range f.details() {
		fmt.Fprintf(out, "- %s: %s\n", line.name, markdownValue(line.value))
	}
	if f.Statement != "" {
		fmt.Fprintln(out, "\nStatement:")
		fmt.Fprintln(out)
		writeFence(out, "sql", f.Statement)
	}
	if f.Mend.Text != "" || f.Mend.SQL != "" {
		fmt.Fprintf(out, "\nMend: %s\n", escapeMarkdown(f.Mend.Text))
	}
	if f.Mend.SQL != "" {
		fmt.Fprintln(out)
		writeFence(out, "sql", f.Mend.SQL)
	}
}

// writeFence writes a fenced block whose fence is longer than any run of backticks in the text.
func writeFence(out io.Writer, language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(out, "%s%s\n%s\n%s\n", fence, language, strings.TrimRight(text, "\n"), fence)
}

// markdownValue escapes a cell. Inside code only the pipe must be, which tables read even there.
func markdownValue(v Value) string {
	if !v.Code || v.Text == "" || strings.Contains(v.Text, "`") {
		return escapeMarkdown(v.Text)
	}
	return "`" + strings.ReplaceAll(oneLine(v.Text), "|", `\|`) + "`"
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`, "]", `\]`, "\r", "", "\n", " ")

func escapeMarkdown(s string) string { return markdownEscapes.Replace(s) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
