package profile

import (
	"strings"

	pprof "github.com/google/pprof/profile"
	demangler "github.com/ianlancetaylor/demangle"
)

// simple are the parts of a C++ or Rust name that the pprof tool leaves out by default: parameters, template arguments
// and return types.
var simple = []demangler.Option{demangler.NoParams, demangler.NoEnclosingParams, demangler.NoTemplateParams}

// demangle makes the names of C++ and Rust functions readable as the pprof tool does. Names of other languages stay.
func demangle(p *pprof.Profile) {
	for _, f := range p.Function {
		f.Name = readable(f.Name, f.SystemName)
	}
}

func (f *flat) demangle() {
	for i := range f.functions {
		f.functions[i].name = readable(f.functions[i].name, f.functions[i].system)
	}
}

func readable(name, system string) string {
	if name != "" && system != name {
		return name // done already by whoever wrote the profile
	}
	return demangleName(system, simple)
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
