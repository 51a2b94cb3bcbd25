package pgserver

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestCachePlaces(t *testing.T) {
	home, temporary := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("TMPDIR", temporary)
	last := filepath.Join(temporary, "pgassay-cache-"+strconv.Itoa(os.Geteuid()))
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		env  map[string]string
		who  owner
		want []string
	}{
		{"ordinary", nil, owner{}, []string{filepath.Join(user, "pgassay"), last}},
		{"root", nil, owner{other: true}, []string{filepath.Join(user, "pgassay"), "/var/cache/pgassay", last}},
		{"no home", map[string]string{"HOME": "/none/such"}, owner{}, []string{last}},
		{"another user's home", map[string]string{"HOME": foreign(t)}, owner{other: true}, []string{"/var/cache/pgassay", last}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", "")
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if got := strings.Join(cachePlaces(test.who), " "); got != strings.Join(test.want, " ") {
				t.Errorf("the places are %s, want %v", got, test.want)
			}
		})
	}
}

// foreign returns a folder that is not ours.
func foreign(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return "/"
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCacheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, dir, err string }{
		{"new", filepath.Join(dir, "a", "b", "c"), ""},
		{"there already", filepath.Join(dir, "a"), ""},
		{"a file", file, "is no folder"},
		{"below a file", filepath.Join(file, "x"), "not a directory"},
		{"open to all", open, "belongs to somebody else, or others may write to it"},
		{"somebody else's", foreign(t), "belongs to somebody else, or others may write to it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := cacheFolder(test.dir, owner{})
			if test.err == "" && (err != nil || got != test.dir) || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("it is %q, %v", got, err)
			}
		})
	}
}
