package plan

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
)

// parseYAML reads what EXPLAIN (FORMAT YAML) or auto_explain prints.
func parseYAML(text string) ([]*Plan, error) {
	var top any
	if err := yaml.Unmarshal([]byte(dedent(text)), &top); err != nil {
		return nil, fmt.Errorf("read YAML plan: %w", err)
	}
	return fromValue(top)
}

// dedent takes off the white space that all lines start with.
func dedent(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\t", "  "), "\n")
	least := -1
	for _, line := range lines {
		if strings.TrimSpace(line) != "" && (least < 0 || indentation(line) < least) {
			least = indentation(line)
		}
	}
	for i, line := range lines {
		if len(line) >= least && least > 0 {
			lines[i] = line[least:]
		}
	}
	return strings.Join(lines, "\n")
}

// element is an XML element: either text or children.
type element struct {
	name     string
	text     strings.Builder
	children []*element
}

// parseXML reads what EXPLAIN (FORMAT XML) or auto_explain prints.
func parseXML(text string) ([]*Plan, error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.Strict = false
	root := &element{}
	stack := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read XML plan: %w", err)
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &element{name: xmlName(t.Name.Local)}
			top.children = append(top.children, child)
			stack = append(stack, child)
			if len(stack) > maxXMLDepth {
				return nil, fmt.Errorf("read XML plan: nested deeper than any plan")
			}
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.text.Write(t)
		}
	}
	var queries []any
	for _, explain := range root.children {
		for _, query := range explain.children {
			queries = append(queries, query.value())
		}
	}
	return fromValue(queries)
}

const maxXMLDepth = 2000

// xmlName gives an element's name as the JSON format has it: XML allows neither blanks nor slashes in it.
func xmlName(name string) string {
	name = strings.ReplaceAll(name, "-", " ")
	for _, fix := range [][2]string{{"I O ", "I/O "}, {"Pre sorted", "Pre-sorted"}, {"Full sort", "Full-sort"}, {"One Time", "One-Time"}} {
		name = strings.Replace(name, fix[0], fix[1], 1)
	}
	return name
}

// value turns an element into what the JSON decoder would have returned.
func (e *element) value() any {
	if len(e.children) == 0 {
		return strings.TrimSpace(e.text.String())
	}
	switch e.children[0].name {
	case "Item", "Worker", "Trigger":
		return e.list()
	}
	if e.name == "Plans" {
		return e.list()
	}
	if e.name == "Settings" {
		return settingsElement(e)
	}
	object := map[string]any{}
	for _, child := range e.children {
		object[child.name] = child.value()
	}
	return object
}

func (e *element) list() []any {
	list := make([]any, len(e.children))
	for i, child := range e.children {
		list[i] = child.value()
	}
	return list
}

func settingsElement(e *element) map[string]any {
	settings := map[string]any{}
	for _, child := range e.children {
		settings[strings.ReplaceAll(child.name, " ", "-")] = strings.TrimSpace(child.text.String())
	}
	return settings
}
