package pgserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fake makes a folder with programs that say they are PostgreSQL.
func fake(t *testing.T, dir, version string, programs ...string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", program, version)
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := []string{"initdb", "postgres"}
	noProgram := fake(t, filepath.Join(dir, "no program"), "16.4", whole...)
	if err := os.Chmod(filepath.Join(noProgram, "initdb"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := fake(t, filepath.Join(dir, "broken"), "16.4", whole...)
	script := "#!/bin/sh\necho libpq.so.5: cannot open shared object file >&2\nexit 127\n"
	if err := os.WriteFile(filepath.Join(broken, "postgres"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, dir, version, err string
	}{
		{"a release", fake(t, filepath.Join(dir, "16"), "16.4 (Debian 16.4-1.pgdg120+2)", whole...), "16.4", ""},
		{"a beta", fake(t, filepath.Join(dir, "beta"), "19beta1", whole...), "19beta1", ""},
		{"old", fake(t, filepath.Join(dir, "old"), "12.22", whole...), "", "it is version 12.22, and 13 is the oldest that works"},
		{"half", fake(t, filepath.Join(dir, "half"), "16.4", "initdb", "pg_ctl"), "", "it holds no postgres"},
		{"the other half", fake(t, filepath.Join(dir, "other"), "16.4", "postgres"), "", "it holds no initdb"},
		{"no program", noProgram, "", "its initdb is no program"},
		{"a broken one", broken, "", "exit status 127: libpq.so.5: cannot open"},
		{"another postgres", fake(t, filepath.Join(dir, "another"), "", whole...), "", "postgres --version says"},
		{"nothing", filepath.Join(dir, "none"), "", "it holds no initdb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, err := inspect(t.Context(), test.dir)
			if b.Version != test.version || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("it is %+v, %v", b, err)
			}
		})
	}
}

// TestInstalledOnPath looks at PATH alone, the usual places being what they are.
func TestInstalledOnPath(t *testing.T) {
	dir := t.TempDir()
	real := fake(t, filepath.Join(dir, "real"), "16.4", "initdb", "postgres")
	whole := fake(t, filepath.Join(dir, "whole"), "17.1", "initdb", "postgres")
	half := fake(t, filepath.Join(dir, "half"), "15.1", "initdb", "pg_ctl")
	links := filepath.Join(dir, "links") // as a package that links some programs into /usr/local/bin
	if err := os.MkdirAll(links, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "pg_ctl"} {
		if err := os.Symlink(filepath.Join(real, name), filepath.Join(links, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		path []string
		want string
	}{
		{"the first", []string{whole, real}, whole},
		{"half a one is passed over", []string{half, whole}, whole},
		{"links lead to one", []string{links, whole}, real},
		{"folders that are not there", []string{filepath.Join(dir, "none"), "", whole}, whole},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", strings.Join(test.path, string(filepath.ListSeparator)))
			b, err := Installed(t.Context())
			if err != nil || b.Dir != test.want {
				t.Errorf("found %+v, %v; want %s", b, err, test.want)
			}
		})
	}
	t.Run("a version", func(t *testing.T) {
		t.Setenv("PATH", strings.Join([]string{whole, real}, string(filepath.ListSeparator)))
		b, err := Source{Version: "16"}.find(t.Context(), dir)
		if err != nil || b.Dir != real {
			t.Errorf("found %+v, %v; want %s", b, err, real)
		}
	})
}

func TestBinDir(t *testing.T) {
	t.Parallel()
	dir := fake(t, filepath.Join(t.TempDir(), "pg"), "16.4", "initdb", "postgres")
	if b, err := (Source{BinDir: dir}).find(t.Context(), ""); err != nil || b.Version != "16.4" || b.Major != 16 {
		t.Errorf("found %+v, %v", b, err)
	}
	if _, err := (Source{BinDir: dir, Version: "17"}).find(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "it is version 16.4, and 17 is asked for") {
		t.Errorf("the error is %v", err)
	}
	if _, err := (Source{BinDir: filepath.Dir(dir)}).find(t.Context(), ""); !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "it holds no initdb") {
		t.Errorf("the error is %v", err)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	versions := []string{"9.6.24", "17.1", "16.10", "16.9", "18beta1", "13.21"}
	slices.SortFunc(versions, compareVersions)
	if got := strings.Join(versions, " "); got != "9.6.24 13.21 16.9 16.10 17.1 18beta1" {
		t.Errorf("in order: %s", got)
	}
	for _, test := range []struct {
		asked, version string
		want           bool
	}{
		{"", "16.4", true},
		{"16", "16.4", true},
		{"16.4", "16.4", true},
		{"16.4.0", "16.4", true},
		{"16.40", "16.4", false},
		{"1", "16.4", false},
		{"16.4.1", "16.4", false},
		{"17", "17beta1", true},
	} {
		if got := (Binaries{Version: test.version}).is(test.asked); got != test.want {
			t.Errorf("%s is %s: %t", test.version, test.asked, got)
		}
	}
}
