package profile

import (
	"fmt"
	"path"
	"strings"
)

// A sourceTree knows where the application's source begins, so that a place can be written as people write it: from the
// module's root, the same whether or not the program was built with -trimpath.
type sourceTree struct {
	rootDir  string // the folder that the module was built in; empty with -trimpath
	rootPath string // the module's path, as far as it can be told
}

// knownHosts hold repositories as host/owner/name; elsewhere a module's path is taken to be host/name.
var knownHosts = []string{"github.com/", "gitlab.com/", "bitbucket.org/", "codeberg.org/", "git.sr.ht/", "gitea.com/"}

// newSourceTree looks where the application's packages stand.
func newSourceTree(f *flat, o *owners) sourceTree {
	var t sourceTree
	common := ""
	votes := map[sourceTree]int{} // a function's lines may stand in the file of another that was inlined into it
	for i, fn := range f.functions {
		if o.byNumber[i] != Application || fn.file == "" {
			continue
		}
		if outerFunction(fn.name) != fn.name {
			continue // a closure is named after the function that it was inlined into, which may be in another package
		}
		importPath, dir := packageOf(fn.name), path.Dir(slashed(cleanFile(fn.file)))
		if importPath == "main" {
			if importPath = sourceDir(slashed(cleanFile(fn.file))); importPath == "" {
				continue
			}
		}
		if common == "" {
			common = importPath
		}
		common = commonPath(common, importPath)
		if path.IsAbs(dir) {
			// What the folder and the import path end with alike lies below the module's root; the module's own path does not.
			inModule := strings.TrimPrefix(importPath, modulePart(importPath))
			if below := commonEnd(inModule, dir); below != "" || inModule == "" {
				votes[sourceTree{strings.TrimSuffix(dir, below), strings.TrimSuffix(importPath, below)}]++
			}
		}
	}
	for tree, n := range votes {
		if n > votes[t] || n == votes[t] && tree.rootDir < t.rootDir {
			t = tree
		}
	}
	if t.rootPath == "" {
		t.rootPath = modulePart(common)
	}
	return t
}

// modulePart cuts what several packages have in common down to what a module's path may be.
func modulePart(common string) string {
	elements := 2
	if hasAnyPrefix(common, knownHosts) {
		elements = 3
	}
	parts := strings.Split(common, "/")
	if !strings.Contains(parts[0], ".") {
		elements = 1
	}
	return strings.Join(parts[:min(elements, len(parts))], "/")
}

// commonPath is the path that both lie under.
func commonPath(a, b string) string {
	for a != "" && b != a && !strings.HasPrefix(b, a+"/") {
		if a = path.Dir(a); a == "." || a == "/" {
			return ""
		}
	}
	return a
}

// commonEnd is the longest run of whole elements that both paths end with, each with a slash in front.
func commonEnd(a, b string) string {
	end := ""
	for a != "." && a != "/" && a != "" && path.Base(a) == path.Base(b) {
		end = "/" + path.Base(a) + end
		a, b = path.Dir(a), path.Dir(b)
	}
	return end
}

// file writes a function's file for people: from the module's root if it is the application's, with its package's path
// otherwise.
func (t sourceTree) file(fn function, owner Owner) string {
	file := slashed(cleanFile(fn.file))
	if file == "" || !strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, ".s") {
		return file
	}
	importPath := packageOf(fn.name)
	if t.rootDir != "" {
		if rest, ok := strings.CutPrefix(file, t.rootDir+"/"); ok && owner == Application {
			return rest
		}
		if elsewhere := sourceDir(file); elsewhere != "" && owner == Application { // inlined from there
			return path.Join(elsewhere, path.Base(file))
		}
	}
	if importPath == "main" {
		if importPath = sourceDir(file); importPath == "" {
			return path.Base(file)
		}
	}
	if owner == Application {
		if importPath == t.rootPath {
			return path.Base(file)
		}
		importPath = strings.TrimPrefix(importPath, t.rootPath+"/")
	}
	return path.Join(importPath, path.Base(file))
}

func slashed(file string) string { return strings.ReplaceAll(file, `\`, "/") }

// site writes where code stands.
func site(file string, line int64) string {
	if file == "" || line <= 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// outerFunction is the function that a closure stands in: its name without what the compiler appends for what it made of a
// part of a function, which is function literals (.func1, .1), bodies of range-over-func loops (-range1), the wrappers of go,
// defer and method values (.gowrap1, .deferwrap1, -fm).
func outerFunction(name string) string {
	outer := name
	for {
		shorter, ok := cutClosure(outer)
		if !ok {
			break
		}
		outer = shorter
	}
	if !strings.Contains(outer, ".") {
		return name
	}
	return outer
}

// cutClosure cuts one such ending off.
func cutClosure(name string) (string, bool) {
	if rest, ok := strings.CutSuffix(name, "-fm"); ok {
		return rest, true
	}
	rest := strings.TrimRight(name, "0123456789")
	if len(rest) == len(name) {
		return name, false
	}
	for _, ending := range []string{".func", ".gowrap", ".deferwrap", "-range", "."} {
		if shorter, ok := strings.CutSuffix(rest, ending); ok {
			return shorter, true
		}
	}
	return name, false
}

// shortName is a function's name with the last element of its package's path: blog.(*server).list.
func shortName(name string) string {
	end := len(name)
	if at := strings.IndexByte(name, '['); at >= 0 {
		end = at
	}
	return name[strings.LastIndexByte(name[:end], '/')+1:]
}
