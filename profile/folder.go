package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// OpenSide opens what a name stands for: a file or a URL, several of them separated by commas, or all profiles of one
// type in a folder, in the order of their names; an empty type means all, and of a URL that names no profile, CPU. Of a folder that Captures.Save wrote, the manifest tells the types.
func OpenSide(ctx context.Context, name string, kind Type, opts Options) ([]*Profile, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return openFolder(ctx, name, kind, opts)
	}
	if _, err := os.Stat(name); err == nil {
		p, err := Open(ctx, name, opts)
		return []*Profile{p}, err
	}
	if kind != "" {
		opts.Types = []Type{kind} // of an address that names no profile
	}
	return OpenAll(ctx, strings.Split(name, ","), opts)
}

// OpenSides opens all that several names stand for, those of services at the same time.
func OpenSides(ctx context.Context, names []string, kind Type, opts Options) ([]*Profile, error) {
	found, errs := make([][]*Profile, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		if IsURL(name) {
			wait.Go(func() { found[i], errs[i] = OpenSide(ctx, name, kind, opts) })
		} else {
			found[i], errs[i] = OpenSide(ctx, name, kind, opts)
		}
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func openFolder(ctx context.Context, dir string, kind Type, opts Options) ([]*Profile, error) {
	known, err := manifestOf(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	var found []*Profile
	others := map[Type]bool{}
	for _, entry := range entries {
		described, listed := known[entry.Name()]
		if !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), ".") || entry.Name() == manifestName || listed && (kind != "" && described.Type != kind || described.Type == Trace) {
			if listed {
				others[described.Type] = true
			}
			continue
		}
		p, err := Open(ctx, filepath.Join(dir, entry.Name()), opts)
		if err != nil {
			if listed || ctx.Err() != nil {
				return nil, err
			}
			continue // something else that lies there
		}
		if listed {
			p.Type, p.Labels, p.taken = described.Type, described.Labels, described.Started
		}
		if kind == "" || p.Type == kind {
			found = append(found, p)
		} else {
			others[p.Type] = true
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("read profiles: there is no %s profile in %s%s", kind, dir, butOthers(others))
	}
	return found, nil
}

func butOthers(others map[Type]bool) string {
	var names []string
	for _, kind := range types {
		if others[kind] {
			names = append(names, string(kind))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", but of " + strings.Join(names, ", ") + "; choose with --type"
}

// manifestOf reads a folder's manifest, if it has one.
func manifestOf(dir string) (map[string]ManifestEntry, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m Manifest
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, manifestName), err)
	}
	known := make(map[string]ManifestEntry, len(m.Profiles))
	for _, entry := range m.Profiles {
		if entry.File != "" {
			known[entry.File] = entry
		}
	}
	return known, nil
}
