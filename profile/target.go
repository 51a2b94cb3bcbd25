package profile

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A target is one service to capture from.
type target struct {
	base   *url.URL // where the profiles' names hang off, such as http://host:6060/debug/pprof
	exact  Type     // the one profile that base itself is the address of, or empty
	single bool     // base itself is the address of a profile, of a type that it does not tell
	socket string   // the Unix socket to connect to, or empty
	dial   string   // the host and port to connect to, if they are not base's
	labels map[string]string
	name   string // for people and file names: without credentials and without the usual path
}

// standardPath is where net/http/pprof puts its handlers.
const standardPath = "/debug/pprof"

// lastElement tells the type by the last element of a profile's address.
var lastElement = map[string]Type{
	"profile": CPU, "heap": Heap, "allocs": Allocs, "goroutine": Goroutine, "mutex": Mutex, "block": Block,
	"threadcreate": ThreadCreate, "trace": Trace,
}

// IsURL tells whether a name is a service's address and not a file's.
func IsURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "unix:")
}

// parseTarget reads http://host:port, http://host:port/any/path, http://host/debug/pprof/heap, host:port,
// unix:/run/service.sock and unix:/run/service.sock:/any/path.
func parseTarget(address string) (target, error) {
	var t target
	text := address
	if rest, ok := strings.CutPrefix(address, "unix:"); ok {
		socket, tail, _ := strings.Cut(strings.TrimPrefix(rest, "//"), ":")
		if !path.IsAbs(socket) {
			return t, fmt.Errorf("target %q: a Unix socket is written unix:/run/service.sock, with its whole path", address)
		}
		t.socket, text = socket, "http://localhost"+tail
	} else if !strings.Contains(address, "://") {
		text = "http://" + address
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return t, fmt.Errorf("target %q: write it as http://host:port", redact(address))
	}
	if seconds := base.Query().Get("seconds"); seconds != "" {
		if _, err := strconv.ParseUint(seconds, 10, 31); err != nil {
			return t, fmt.Errorf("target %q: seconds=%s is not a whole number, and a Go service would silently record 30 s instead; use whole seconds",
				redact(address), seconds)
		}
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	if base.Path == "" {
		base.Path = standardPath
	}
	base.Fragment = ""
	t.base = base
	if path.Base(path.Dir(base.Path)) == path.Base(standardPath) {
		t.exact = lastElement[path.Base(base.Path)]
	}
	t.name = t.label()
	return t, nil
}

// label names a target for people.
func (t target) label() string {
	name := t.base.Host
	if t.socket != "" {
		name = "unix:" + t.socket
	}
	dir := t.base.Path
	if t.exact != "" {
		dir = path.Dir(dir)
	}
	if dir != standardPath && dir != "/" && dir != "." {
		name += strings.TrimSuffix(dir, standardPath)
	}
	return name
}

// address is where a type's profile is to be got.
func (t target) address(kind Type, opts Options) *url.URL {
	u := *t.base
	query := u.Query()
	switch custom := opts.Paths[kind]; {
	case custom != "":
		where, err := url.Parse(custom)
		if err != nil {
			where = &url.URL{Path: custom}
		}
		u.Path = path.Join("/", where.Path)
		maps.Copy(query, where.Query())
	case t.exact == "" && !t.single:
		u.Path = path.Join(u.Path, elementOf(kind))
	}
	if (kind == CPU || kind == Trace || opts.Delta && kind != "") && !query.Has("seconds") {
		query.Set("seconds", strconv.Itoa(opts.Seconds))
	}
	if kind == Heap && !query.Has("gc") {
		query.Set("gc", "1") // what is garbage already is not in use
	}
	u.RawQuery = query.Encode()
	return &u
}

// elementOf is the last element of a type's address.
func elementOf(kind Type) string {
	if kind == CPU {
		return "profile"
	}
	return string(kind)
}

// redact masks what an address may hold of credentials.
func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		if at := strings.LastIndexByte(address, '@'); at >= 0 {
			return "…" + address[at:]
		}
		return address
	}
	return redactURL(u)
}

// secretNames are query parameters whose values are not printed.
var secretNames = []string{"token", "access_token", "key", "api_key", "apikey", "password", "secret", "auth", "sig", "signature"}

func redactURL(u *url.URL) string {
	shown := *u
	if shown.User != nil {
		shown.User = url.User("xxxxx")
	}
	query := shown.Query()
	for name := range query {
		if slices.Contains(secretNames, strings.ToLower(name)) {
			query.Set(name, "xxxxx")
		}
	}
	shown.RawQuery = query.Encode()
	return shown.String()
}
