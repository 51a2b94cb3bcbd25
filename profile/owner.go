package profile

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Owner is whose code a frame is.
type Owner string

// The owners. A module that is none of these is an owner by its own path.
const (
	Application    Owner = "application" // the profiled program's own packages
	DatabaseDriver Owner = "database driver"
	HTTP           Owner = "net/http"
	JSON           Owner = "encoding/json"
	TLS            Owner = "TLS"
	Logging        Owner = "logging"
	Templates      Owner = "templates"
	Protobuf       Owner = "protobuf, gRPC"
	Telemetry      Owner = "telemetry"
	Runtime        Owner = "runtime"
	Library        Owner = "standard library" // works for whoever called it, unless nobody of the above did
	RaceDetector   Owner = "race detector"    // that of go build -race; most of its samples come without a stack
	Modules        Owner = "other modules"
	System         Owner = "system" // the kernel and C libraries
)

// packageOwners tells whose a Go package is, by the longest prefix of its import path. These are the packages that do a
// job of their own; the rest of the standard library works for its caller.
var packageOwners = map[string]Owner{
	"net/http": HTTP, "golang.org/x/net/http2": HTTP, "golang.org/x/net/http": HTTP, "github.com/valyala/fasthttp": HTTP,
	"github.com/gin-gonic/gin": HTTP, "github.com/labstack/echo": HTTP, "github.com/go-chi/chi": HTTP,
	"github.com/gofiber/fiber": HTTP, "github.com/gorilla/mux": HTTP, "github.com/julienschmidt/httprouter": HTTP,
	"encoding/json": JSON, "github.com/goccy/go-json": JSON, "github.com/json-iterator/go": JSON,
	"github.com/bytedance/sonic": JSON, "github.com/segmentio/encoding/json": JSON, "github.com/mailru/easyjson": JSON,
	"crypto/tls": TLS,
	"log":        Logging, "go.uber.org/zap": Logging, "github.com/rs/zerolog": Logging, "github.com/sirupsen/logrus": Logging,
	"k8s.io/klog": Logging, "github.com/golang/glog": Logging, "github.com/go-kit/log": Logging, "github.com/go-logr": Logging,
	"database/sql": DatabaseDriver, "github.com/jackc": DatabaseDriver, "github.com/lib/pq": DatabaseDriver,
	"github.com/go-sql-driver/mysql": DatabaseDriver, "github.com/jmoiron/sqlx": DatabaseDriver, "gorm.io": DatabaseDriver,
	"github.com/uptrace/bun": DatabaseDriver, "github.com/go-pg/pg": DatabaseDriver, "entgo.io/ent": DatabaseDriver,
	"modernc.org/sqlite": DatabaseDriver, "github.com/mattn/go-sqlite3": DatabaseDriver,
	"html/template": Templates, "text/template": Templates, "github.com/a-h/templ": Templates,
	"google.golang.org/protobuf": Protobuf, "google.golang.org/grpc": Protobuf, "github.com/golang/protobuf": Protobuf,
	"github.com/gogo/protobuf": Protobuf, "runtime/pprof": Telemetry, "net/http/pprof": Telemetry, "runtime/trace": Telemetry,
	"runtime/metrics": Telemetry, "github.com/prometheus": Telemetry, "go.opentelemetry.io": Telemetry, "expvar": Telemetry,
	"github.com/DataDog": Telemetry, "github.com/grafana/pyroscope-go": Telemetry, "github.com/getsentry/sentry-go": Telemetry,
	"github.com/pgassay/pgassay/analyze/querylog": Telemetry, "github.com/pgassay/pgassay/monitor": Telemetry,
	"runtime": Runtime, "internal/runtime": Runtime,
}

// raceDetector are the beginnings of the names in the race detector: how compiled code calls it, and the C++ of ThreadSanitizer.
var raceDetector = []string{"racecall", "racefunc", "runtime.race", "__tsan", "__sanitizer", "_ZN6__tsan", "_ZN11__sanitizer"}

// standard are the first elements of the standard library's import paths.
var standard = []string{
	"archive", "arena", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto", "database", "debug",
	"embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io", "iter",
	"log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "simd", "slices", "sort", "strconv",
	"strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique", "unsafe", "uuid", "vendor", "weak",
}

// owners tells whose each of a profile's functions is.
type owners struct {
	app      []string // import path prefixes of the application; empty outside of Go
	isGo     bool
	byPath   map[string]Owner
	byNumber []Owner // of the functions
}

// newOwners looks a profile's functions over. app names the application's import path prefixes; if it is empty they are
// found out: what is neither of the standard library nor of a module with a version is the application's.
func newOwners(p *flat, app []string) *owners {
	o := &owners{byPath: map[string]Owner{}, byNumber: make([]Owner, len(p.functions))}
	o.isGo = looksLikeGo(p)
	if !o.isGo {
		o.learnOther(p, app)
		return o
	}
	o.learnGo(p, app)
	for i, f := range p.functions {
		owner, ok := o.byPath[packageOf(f.name)]
		switch {
		case hasAnyPrefix(f.name, raceDetector):
			owner = RaceDetector
		case !ok:
			owner = System
		}
		o.byNumber[i] = owner
	}
	return o
}

// looksLikeGo tells whether a profile is of a Go program: most functions have a package, and some are the runtime's or
// stand in a Go file. Names that were made anonymous are not Go's any more.
func looksLikeGo(p *flat) bool {
	inPackage, sign := 0, false
	for _, f := range p.functions {
		if packageOf(f.name) != "" {
			inPackage++
		}
		sign = sign || strings.HasSuffix(f.file, ".go") || f.file == "" && strings.HasPrefix(f.name, "runtime.")
	}
	return sign && 2*inPackage >= len(p.functions)
}

// of tells whose a function is. Code without a symbol is the system's.
func (o *owners) of(function int32) Owner {
	if function == none {
		return System
	}
	return o.byNumber[function]
}

// owns tells whether a function is the application's.
func (o *owners) owns(function int32) bool { return o.of(function) == Application }

// prefixes lists what was taken for the application's import paths.
func (o *owners) prefixes() []string {
	if o.app == nil {
		return []string{}
	}
	return o.app
}

// learnGo decides for each package of a Go program.
func (o *owners) learnGo(p *flat, app []string) {
	files := fileOfPackages(p)
	// Where packages live under src, as before modules, package main tells the path of the program.
	root := repository(sourceDir(files["main"]))
	for importPath, file := range files {
		o.byPath[importPath] = o.goOwner(importPath, file, root, app)
	}
	if len(app) > 0 {
		o.app = app
		return
	}
	own := map[string]bool{}
	for importPath, owner := range o.byPath {
		if owner == Application {
			own[repository(importPath)] = true
		}
	}
	o.app = slices.Sorted(maps.Keys(own))
}

// fileOfPackages finds one file of each package, by import path. A closure may stand in the file of another package's function,
// which was inlined into its own, so it is asked only if there is nothing else.
func fileOfPackages(p *flat) map[string]string {
	files := map[string]string{}
	for _, closures := range []bool{false, true} {
		for _, f := range p.functions {
			importPath := packageOf(f.name)
			isClosure := outerFunction(f.name) != f.name
			if known := files[importPath]; isClosure == closures && (known == "" || !strings.HasSuffix(known, ".go") && strings.HasSuffix(f.file, ".go")) {
				files[importPath] = cleanFile(f.file)
			}
		}
	}
	return files
}

// goOwner tells whose a package is. File is one of its files and may be empty; root is the repository of package main if
// its path is known.
func (o *owners) goOwner(importPath, file, root string, app []string) Owner {
	if importPath == "" {
		return System // no Go function is without a package
	}
	under := func(prefix string) bool { return importPath == prefix || strings.HasPrefix(importPath, prefix+"/") }
	if slices.ContainsFunc(app, under) {
		return Application
	}
	for prefix := strings.TrimPrefix(importPath, "vendor/"); prefix != "." && prefix != "/"; prefix = path.Dir(prefix) {
		if owner, ok := packageOwners[prefix]; ok {
			return owner
		}
	}
	first, _, _ := strings.Cut(importPath, "/")
	switch {
	case importPath == "main":
		return Application
	case slices.Contains(standard, first):
		return Library
	case len(app) > 0, versioned(file):
		return Modules
	case file == "" || strings.HasPrefix(file, "<"), sourceDir(file) == importPath && strings.Contains(file, "/src/"):
		// Only the path is left to go by: the application's is that of its main package.
		if root != "" && repository(importPath) != root || root == "" && strings.Contains(first, ".") {
			return Modules
		}
	}
	return Application
}

// versioned tells whether a file was built from somebody else's module: from the module cache, a vendor folder, or
// Bazel's folder for what is external.
func versioned(file string) bool {
	return strings.Contains(file, "@v") || strings.Contains(file, "/pkg/mod/") || strings.Contains(file, "/vendor/") ||
		strings.HasPrefix(file, "external/") || strings.Contains(file, "/external/")
}

// sourceDir is the import path that a file's folder has if it lives under a src folder, or was built with -trimpath.
func sourceDir(file string) string {
	dir := path.Dir(strings.ReplaceAll(file, `\`, "/"))
	if at := strings.LastIndex(dir, "/src/"); at >= 0 {
		return dir[at+len("/src/"):]
	}
	if path.IsAbs(dir) || dir == "." {
		return ""
	}
	return dir
}

// repository cuts an import path down to what one repository holds: host, owner and name, or the first element.
func repository(importPath string) string {
	parts := strings.Split(importPath, "/")
	if !strings.Contains(parts[0], ".") {
		return parts[0]
	}
	return strings.Join(parts[:min(3, len(parts))], "/")
}

// packageOf is the import path in a Go function's name: github.com/a/b of github.com/a/b.(*T).M.
func packageOf(name string) string {
	if at := strings.IndexByte(name, '['); at >= 0 {
		name = name[:at] // type arguments hold paths of their own
	}
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 {
		return ""
	}
	importPath := name[:slash+dot]
	if strings.Contains(importPath, "%2") {
		importPath = strings.NewReplacer("%2e", ".", "%2E", ".").Replace(importPath)
	}
	return importPath
}

// otherLibraries are prefixes of what is no application's own outside of Go: C++, Rust, Java, Python, JavaScript.
var otherLibraries = []string{
	"std::", "__gnu_cxx::", "core::", "alloc::", "<core::", "<alloc::", "<std::", "tokio::", "hyper::", "java.", "javax.", "jdk.",
	"sun.", "com.sun.", "kotlin.", "scala.", "java/", "javax/", "jdk/", "sun/", "com/sun/", "kotlin/", "scala/",
	"<frozen ", "node:", "(program)", "(garbage collector)", "(idle)", "(anonymous namespace)::tcmalloc", "tcmalloc::", "[unknown]",
}

// learnOther decides by the binary that a function is in: the first is the program's.
func (o *owners) learnOther(p *flat, app []string) {
	o.app = app
	object := make([]string, len(p.functions))
	for _, at := range p.locations {
		for _, l := range p.lines[at.from:at.upTo] {
			if l.function != none && at.mapping != none {
				object[l.function] = p.mappings[at.mapping].file
			}
		}
	}
	for i, f := range p.functions {
		o.byNumber[i] = o.otherOwner(f, object[i])
	}
}

func (o *owners) otherOwner(f function, object string) Owner {
	if len(o.app) > 0 {
		if hasAnyPrefix(f.name, o.app) {
			return Application
		}
		return Library
	}
	switch {
	case strings.HasPrefix(object, "[") || strings.Contains(path.Base(object), ".so"):
		return System
	case f.name == "" || hasAnyPrefix(strings.TrimPrefix(f.name, ":"), otherLibraries):
		return Library
	case strings.Contains(f.file, "/site-packages/"), strings.Contains(f.file, "/node_modules/"), strings.HasPrefix(f.file, "node:"):
		return Modules
	}
	return Application
}
