// Package config reads .pgassay.yaml: thresholds of rules, rules that are off, and findings that are ignored, each with its
// reason.
//
//	rules:
//	  wide-row: off
//	  deep-offset:
//	    rows: 5000
//	ignore:
//	  - fingerprint: 0f3a5c7e9b1d2f40   # a statement's, or a finding's id
//	    rule: missing-index             # of that statement only this rule's; may be left out
//	    reason: runs once a night
//
// What it does not know is an error that names the file and the line: a misspelt key must not go unnoticed.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/analyze/rule"
)

// Name is the file's name.
const Name = ".pgassay.yaml"

// Config is what a file says.
type Config struct {
	Path   string
	Rules  rule.Settings
	Ignore []analyze.Ignore
}

// Find returns the path of the file that holds for a folder: in it or in the nearest of its parents, up to the root of the
// repository that it is in; outside of a repository only in the folder itself. It returns "" if there is none.
func Find(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", Name, err)
	}
	found := ""
	for at := folder; ; at = filepath.Dir(at) {
		path := filepath.Join(at, Name)
		if exists(path) && found == "" {
			found = path
		}
		switch {
		case exists(filepath.Join(at, ".git")):
			return found, nil
		case at == filepath.Dir(at): // no repository
			if filepath.Dir(found) == folder {
				return found, nil
			}
			return "", nil
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Read reads a file.
func Read(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(data, path)
}

// Parse reads a file's content; name is what errors call it.
func Parse(data []byte, name string) (*Config, error) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %s: %s", name, firstLine(err))
	}
	r := reader{name: name, config: &Config{Path: name, Rules: rule.Settings{Thresholds: map[string]map[string]float64{}, Off: map[string]bool{}}}}
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if err := r.top(document.Body); err != nil {
			return nil, err
		}
	}
	return r.config, nil
}

// firstLine is what is wrong, without the excerpt that the parser draws below it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

type reader struct {
	name   string
	config *Config
}

func (r reader) errorf(n ast.Node, format string, args ...any) error {
	line := 1
	if t := n.GetToken(); t != nil && t.Position != nil {
		line = t.Position.Line
	}
	return fmt.Errorf("%s:%d: %s", r.name, line, fmt.Sprintf(format, args...))
}

// entries returns the keys and values of a mapping. A key that stands twice is an error.
func (r reader) entries(n ast.Node, what string) ([]*ast.MappingValueNode, error) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return nil, nil
	default:
		return nil, r.errorf(n, "%s must hold keys with values", what)
	}
	seen := map[string]bool{}
	for _, v := range values {
		if key := keyOf(v); seen[key] {
			return nil, r.errorf(v.Key, "%s stands twice", key)
		}
		seen[keyOf(v)] = true
	}
	return values, nil
}

func keyOf(v *ast.MappingValueNode) string { return text(v.Key) }

// text is a scalar as it was written, quotes taken off.
func text(n ast.Node) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	if s, ok := n.(*ast.LiteralNode); ok {
		return strings.TrimSpace(s.Value.Value)
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

func (r reader) top(n ast.Node) error {
	entries, err := r.entries(n, "the file")
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch key := keyOf(e); key {
		case "rules":
			err = r.rules(e.Value)
		case "ignore":
			err = r.ignore(e.Value)
		default:
			err = r.errorf(e.Key, "unknown key %q: use rules and ignore", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r reader) rules(n ast.Node) error {
	entries, err := r.entries(n, "rules")
	if err != nil {
		return err
	}
	known := analyze.DescribeRules().Rules
	for _, e := range entries {
		id := keyOf(e)
		i := slices.IndexFunc(known, func(k analyze.RuleText) bool { return k.ID == id })
		if i < 0 {
			return r.errorf(e.Key, "there is no rule %q: pgassay analyze rules lists them", id)
		}
		switch value := text(e.Value); {
		case isScalar(e.Value) && (value == "off" || value == "false"):
			r.config.Rules.Off[id] = true
			continue
		case isScalar(e.Value) && (value == "on" || value == "true"):
			continue
		}
		if isScalar(e.Value) {
			return r.errorf(e.Value, "rule %s: use off, or thresholds with their values", id)
		}
		if err := r.thresholds(known[i], e.Value); err != nil {
			return err
		}
	}
	return nil
}

func isScalar(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		return false
	}
	return true
}

func (r reader) thresholds(of analyze.RuleText, n ast.Node) error {
	entries, err := r.entries(n, "rule "+of.ID)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range of.Thresholds {
		names = append(names, t.Name)
	}
	for _, e := range entries {
		name := keyOf(e)
		if !slices.Contains(names, name) {
			if len(names) == 0 {
				return r.errorf(e.Key, "rule %s has no thresholds", of.ID)
			}
			return r.errorf(e.Key, "rule %s has no threshold %q: use %s", of.ID, name, strings.Join(names, ", "))
		}
		value, err := strconv.ParseFloat(strings.ReplaceAll(text(e.Value), "_", ""), 64)
		if err != nil || !(value >= 0 && value <= math.MaxFloat64) || !isScalar(e.Value) {
			return r.errorf(e.Value, "threshold %s of rule %s must be a number of at least 0", name, of.ID)
		}
		if r.config.Rules.Thresholds[of.ID] == nil {
			r.config.Rules.Thresholds[of.ID] = map[string]float64{}
		}
		r.config.Rules.Thresholds[of.ID][name] = value
	}
	return nil
}

func (r reader) ignore(n ast.Node) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		if _, empty := n.(*ast.NullNode); empty {
			return nil
		}
		return r.errorf(n, "ignore must be a list, each item with a fingerprint and a reason")
	}
	for _, item := range list.Values {
		entries, err := r.entries(item, "an item of ignore")
		if err != nil {
			return err
		}
		var one analyze.Ignore
		for _, e := range entries {
			key, value := keyOf(e), strings.TrimSpace(text(e.Value))
			if !isScalar(e.Value) {
				return r.errorf(e.Value, "%s must be a text", key)
			}
			switch key {
			case "fingerprint":
				one.Fingerprint = strings.ToLower(value)
			case "rule":
				if one.Rule = value; len(analyze.DescribeRules(value).Rules) == 0 {
					return r.errorf(e.Value, "there is no rule %q: pgassay analyze rules lists them", value)
				}
			case "reason":
				if _, null := e.Value.(*ast.NullNode); !null {
					one.Reason = value
				}
			default:
				return r.errorf(e.Key, "unknown key %q: use fingerprint, rule and reason", key)
			}
		}
		switch {
		case one.Fingerprint == "":
			return r.errorf(item, "an item of ignore needs a fingerprint: that of a statement, or a finding's id")
		case len(one.Fingerprint) != 16 || strings.Trim(one.Fingerprint, "0123456789abcdef") != "":
			return r.errorf(item, "fingerprint %q has not 16 hexadecimal digits", one.Fingerprint)
		case one.Reason == "":
			return r.errorf(item, "an item of ignore needs a reason")
		}
		r.config.Ignore = append(r.config.Ignore, one)
	}
	return nil
}
