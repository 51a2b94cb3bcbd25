package profile

import (
	"strings"

	pprof "github.com/google/pprof/profile"
	demangler "github.com/ianlancetaylor/demangle"
)

// demangle makes the names of C++ and Rust functions readable as the pprof tool does by default: without parameters,
// template arguments and return types. Names of other languages stay.
func demangle(p *pprof.Profile) {
	options := []demangler.Option{demangler.NoParams, demangler.NoEnclosingParams, demangler.NoTemplateParams}
	for _, f := range p.Function {
		if f.Name != "" && f.SystemName != f.Name {
			continue // done already by whoever wrote the profile
		}
		f.Name = demangleName(f.SystemName, options)
	}
}

func demangleName(name string, options []demangler.Option) string {
	if readable := demangler.Filter(name, options...); readable != name {
		return readable
	}
	// macOS puts another underscore in front of every symbol.
	if rest, ok := strings.CutPrefix(name, "_"); ok {
		if readable := demangler.Filter(rest, options...); readable != rest {
			return readable
		}
	}
	// A name that is demangled already still has its parameters. Not so Java's Class.<init> and Go's (*List[...]).Push.
	if strings.Contains(name, ".<") || strings.Contains(name, "]).") {
		return name
	}
	if strings.ContainsAny(name, "<>[]") || strings.Contains(name, "::") {
		return without(without(name, '(', ')'), '<', '>')
	}
	return name
}

// without drops what stands between matching brackets, and the brackets. A name whose brackets don't match stays as it
// is from there on.
func without(name string, open, end byte) string {
	both := string([]byte{open, end})
	depth, first := 0, 0
	for at := strings.IndexAny(name, both); at >= 0; {
		next := at + 1
		if name[at] == open {
			if depth++; depth == 1 {
				first = at
			}
		} else if depth--; depth < 0 {
			return name
		} else if depth == 0 {
			name = name[:first] + name[at+1:]
			next = first
		}
		rest := strings.IndexAny(name[next:], both)
		if rest < 0 {
			break
		}
		at = next + rest
	}
	return name
}
