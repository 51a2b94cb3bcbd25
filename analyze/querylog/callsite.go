package querylog

import (
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// site is a line of the application.
type site struct {
	place    string // path/file.go:12, the path seen from the module's root
	function string // package-qualified name
	module   string // for a frame of another module: the module's path
	own      bool   // false: a frame of Go, pgx, database/sql, this package or another module
	fallback bool   // false: not even good as a last resort
}

// callSites finds the line that a statement comes from. Program counters are looked up once.
type callSites struct {
	module, mainPackage string
	dependencies        map[string]bool // path of every other module: true if its code is a released version
	goroot              string          // where the standard library's files lie; "" in a trimmed binary
	known               sync.Map        // program counter to []*site
}

func (c *callSites) init() {
	c.dependencies = map[string]bool{}
	if info, ok := debug.ReadBuildInfo(); ok {
		c.module, c.mainPackage = info.Main.Path, info.Path
		for _, m := range info.Deps {
			local := m.Version == "(devel)" || m.Replace != nil && m.Replace.Version == ""
			c.dependencies[m.Path] = !local
		}
	}
	var pcs [1]uintptr
	runtime.Callers(0, pcs[:]) // the first frame is runtime.Callers itself
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	c.goroot = strings.TrimSuffix(frame.File, "runtime/extern.go")
}

// find returns the innermost frame that is the application's own; if there is none (the statement comes from a library's
// goroutine) the innermost one outside of Go, pgx and this package. via is the innermost frame of another module on the
// way, such as an ORM's, or nil.
func (c *callSites) find() (at, via *site) {
	var pcs [48]uintptr
	n := runtime.Callers(3, pcs[:])
	for _, pc := range pcs[:n] {
		sites, ok := c.known.Load(pc)
		if !ok {
			sites = c.resolve(pc)
			c.known.Store(pc, sites)
		}
		for _, s := range sites.([]*site) {
			if s.own {
				return s, via
			}
			if via == nil && s.fallback {
				via = s
			}
		}
	}
	return via, nil
}

// resolve returns the frames at a program counter, inlined ones first.
func (c *callSites) resolve(pc uintptr) []*site {
	var sites []*site
	frames := runtime.CallersFrames([]uintptr{pc})
	for {
		frame, more := frames.Next()
		if frame.Function != "" {
			sites = append(sites, c.classify(frame.Function, frame.File, frame.Line))
		}
		if !more {
			return sites
		}
	}
}

var drivers = []string{"github.com/jackc/", "database/sql", "github.com/pgassay/pgassay/analyze/querylog"}

func (c *callSites) classify(function, file string, line int) *site {
	pkg := packageOf(function)
	s := &site{function: function, place: c.place(pkg, file) + ":" + strconv.Itoa(line)}
	test := strings.HasSuffix(file, "_test.go") // this package's own tests are an application
	for _, driver := range drivers {
		if (pkg == driver || strings.HasPrefix(pkg, strings.TrimSuffix(driver, "/")+"/")) && !test {
			return s
		}
	}
	if c.standard(pkg, file) {
		return s
	}
	s.fallback = true
	s.module = c.dependency(pkg)
	s.own = s.module == "" && !strings.Contains(file, "@v") // @v: in the module cache
	return s
}

// dependency returns the module that a package belongs to, if it is a released version of another module.
func (c *callSites) dependency(pkg string) string {
	for p := pkg; p != "." && p != "/"; p = path.Dir(p) {
		if p == c.module {
			return ""
		}
		if released, ok := c.dependencies[p]; ok {
			if released {
				return p
			}
			return ""
		}
	}
	return ""
}

func (c *callSites) standard(pkg, file string) bool {
	if c.goroot != "" {
		return strings.HasPrefix(file, c.goroot) && !strings.Contains(file, "@v")
	}
	first, _, _ := strings.Cut(pkg, "/")
	return pkg != "main" && !strings.Contains(first, ".") && pkg != c.module && !strings.HasPrefix(pkg, c.module+"/")
}

// place shortens a file's path to what is seen from the module's root, which says nothing about the machine it was built on.
func (c *callSites) place(pkg, file string) string {
	if pkg == "main" && c.mainPackage != "" {
		pkg = c.mainPackage
	}
	pkg = strings.TrimSuffix(pkg, "_test")
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	switch {
	case pkg == c.module:
		return base
	case c.module != "" && strings.HasPrefix(pkg, c.module+"/"):
		return pkg[len(c.module)+1:] + "/" + base
	case pkg == "command-line-arguments" || pkg == "main":
		return base
	}
	return pkg + "/" + base
}

// packageOf returns the import path in a function's name: a/b.com/c.(*T).m.func1 is of a/b.com/c.
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	if dot := strings.IndexByte(function[slash:], '.'); dot >= 0 {
		return strings.ReplaceAll(function[:slash+dot], "%2e", ".")
	}
	return function
}
