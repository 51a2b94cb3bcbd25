package report

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// place is a line of a file. The zero value is nowhere.
type place struct {
	file string // as it was named
	line int    // from 1; 0 means the file as a whole
}

// parsePlace reads "queries.sql:12", "explain.txt, plan 2" or a file's name. What was not read from a file is nowhere.
func parsePlace(s string) place {
	s, _, _ = strings.Cut(s, ", plan ")
	var p place
	p.file = s
	if i := strings.LastIndexByte(s, ':'); i > 0 {
		if line, err := strconv.Atoi(s[i+1:]); err == nil && line > 0 {
			p = place{s[:i], line}
		}
	}
	if p.file == "standard input" || p.file == "pg_stat_statements" {
		return place{}
	}
	return p
}

// relative returns the place's file as seen from the root, with slashes, if it lies under it; else its full path.
func (p place) relative(opts Options) string {
	path := p.file
	if opts.Folder == "" {
		return filepath.ToSlash(path)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(opts.Folder, path)
	}
	root := opts.Root
	if root == "" {
		root = opts.Folder
	}
	if inside, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(inside) {
		return filepath.ToSlash(inside)
	}
	return filepath.ToSlash(path)
}

// uri returns the place's file as a reference (RFC 3986): relative to the root if it lies under it, else with its scheme.
func (p place) uri(opts Options) (reference string, relative bool) {
	path := p.relative(opts)
	if filepath.IsAbs(filepath.FromSlash(path)) {
		return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(path, "/")}).String(), false
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	if strings.Contains(parts[0], ":") { // would be read as a scheme
		parts = append([]string{"."}, parts...)
	}
	return strings.Join(parts, "/"), true
}

// where is the line that a finding is best shown at: its statement's line, else the application's.
func (f Finding) where() place {
	for _, s := range []string{f.Location, f.Source, f.CallSite} {
		if p := parsePlace(s); s != "" && p.file != "" {
			return p
		}
	}
	return place{}
}

// caseOf returns the case that a finding belongs to.
func (d Document) caseOf(f Finding) (Case, bool) {
	for _, c := range d.Cases {
		if f.Source != "" && c.Source == f.Source && c.Fingerprint == f.Fingerprint {
			return c, true
		}
	}
	return Case{}, false
}

// summary writes what a finding says in lines of plain text, its title left out.
func (f Finding) summary() string {
	var lines []string
	for _, d := range f.details() {
		if d.name == "where" || d.name == "call site" {
			continue
		}
		lines = append(lines, d.name+": "+d.value.Text)
	}
	if f.Statement != "" {
		lines = append(lines, "statement: "+oneLine(f.Statement))
	}
	if f.Mend.Text != "" {
		lines = append(lines, "mend: "+f.Mend.Text)
	}
	if f.Mend.SQL != "" {
		lines = append(lines, strings.TrimRight(f.Mend.SQL, "\n"))
	}
	return strings.Join(lines, "\n")
}
