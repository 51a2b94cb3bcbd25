package report

import (
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// The columns of a table that is too wide for its terminal are made narrower, but no narrower than this.
const narrowest = 12

// fit breaks the cells of a table's widest columns of text until its lines fit into width, and returns header and rows.
// Columns of numbers keep their width. Width 0 means not limited.
func fit(columns []Column, rows [][]string, width int) [][]string {
	if width <= 0 {
		return rows
	}
	widths := make([]int, len(columns))
	total := 0
	for i, c := range columns {
		widths[i] = twwidth.Width(c.Name)
		for _, row := range rows {
			widths[i] = max(widths[i], twwidth.Width(row[i]))
		}
		total += widths[i] + 2 // a blank on each side
	}
	for total > width {
		widest := -1
		for i, c := range columns {
			if !c.Right && widths[i] > max(narrowest, twwidth.Width(c.Name)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // numbers alone are too wide
		}
		widths[widest]--
		total--
	}
	fitted := make([][]string, len(rows))
	for i, row := range rows {
		fitted[i] = make([]string, len(row))
		for j, cell := range row {
			fitted[i][j] = breakAt(cell, widths[j])
		}
	}
	return fitted
}

// breakAt breaks a text into lines of at most width columns: at white space, or in a word that is longer.
func breakAt(text string, width int) string {
	if twwidth.Width(text) <= width {
		return text
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && twwidth.Width(line)+1+twwidth.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for twwidth.Width(word) > width {
			head := prefix(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// prefix is as much of a word as fits into width columns; at least one character.
func prefix(word string, width int) string {
	at := 0
	for i := range word {
		if at > 0 && twwidth.Width(word[:i]) > width {
			break
		}
		at = i
	}
	if at == 0 {
		return word
	}
	return word[:at]
}
