package profile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
)

// Manifest lists what one Capture recorded. It stands as manifest.json beside the profiles. Its JSON is a contract: it
// only ever gains fields.
type Manifest struct {
	Version  int             `json:"version"`
	Profiles []ManifestEntry `json:"profiles"`
}

// ManifestEntry is one profile, or why there is none.
type ManifestEntry struct {
	Target     string            `json:"target"`
	Type       Type              `json:"type"`
	File       string            `json:"file,omitempty"` // in the manifest's folder
	Started    time.Time         `json:"started"`
	DurationNS int64             `json:"duration_ns"` // what the profile covers; for a snapshot, how long the service took to give it
	Bytes      int64             `json:"bytes"`
	BuildID    string            `json:"build_id,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Error      string            `json:"error,omitempty"`

	total string // for people
	dir   string
}

// Save writes the profiles and their manifest into a folder, which is made if it is missing. Each file appears whole
// or not at all. Profiles of an earlier capture of the same targets are replaced.
func (c Captures) Save(dir string) (*Manifest, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("save profiles: %w", err)
	}
	m := &Manifest{Version: 1, Profiles: []ManifestEntry{}}
	used := map[string]bool{manifestName: true}
	for _, one := range c {
		entry := ManifestEntry{
			Target: one.Target, Type: one.Type, Started: one.Started.UTC(), DurationNS: one.Duration.Nanoseconds(), Labels: one.Labels, dir: dir,
		}
		if one.Err != nil {
			entry.Error = one.Err.Error()
			m.Profiles = append(m.Profiles, entry)
			continue
		}
		content, extension, err := stored(one)
		if err != nil {
			return nil, fmt.Errorf("save profiles: %w", err)
		}
		entry.File = fileName(one, extension, used)
		entry.Bytes = int64(len(content))
		if p := one.Profile; p != nil {
			entry.BuildID = p.BuildID()
			if p.Duration() > 0 {
				entry.DurationNS = p.Duration().Nanoseconds()
			}
			if s, err := Summarize(p, SummaryOptions{}); err == nil {
				entry.total = amount(s.Total, s.Unit)
			}
		}
		if err := writeFile(filepath.Join(dir, entry.File), content); err != nil {
			return nil, fmt.Errorf("save profiles: %w", err)
		}
		m.Profiles = append(m.Profiles, entry)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(dir, manifestName), append(text, '\n'))
	}
	if err != nil {
		return nil, fmt.Errorf("save profiles: %w", err)
	}
	return m, nil
}

const manifestName = "manifest.json"

// stored is a profile as it is kept: compressed, whatever the service sent.
func stored(c Captured) (content []byte, extension string, err error) {
	if c.Profile == nil {
		return c.Raw, ".trace", nil
	}
	if bytes.HasPrefix(c.Raw, gzipMagic) {
		return c.Raw, ".pb.gz", nil
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(c.Raw); err != nil {
		return nil, "", err
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return packed.Bytes(), ".pb.gz", nil
}

// fileName names a profile after its target and type, in letters that every file system takes.
func fileName(c Captured, extension string, used map[string]bool) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.TrimPrefix(c.Target, "unix:/"))
	kind := string(c.Type)
	if kind == "" {
		kind = string(c.Profile.Type)
	}
	base := strings.TrimLeft(safe, ".") + "-" + kind
	name := base + extension
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s-%d%s", base, i, extension)
	}
	used[name] = true
	return name
}

// writeFile writes a file that appears only when it is whole.
func writeFile(name string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails once it is renamed
	_, err = temporary.Write(content)
	if err == nil {
		err = temporary.Chmod(0o644)
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	return err
}

// Failed is the number of profiles that could not be captured.
func (m *Manifest) Failed() int {
	failed := 0
	for _, entry := range m.Profiles {
		if entry.Error != "" {
			failed++
		}
	}
	return failed
}

// Document renders the manifest for people.
func (m *Manifest) Document() report.Document {
	var d report.Document
	table := report.Table{Columns: []report.Column{
		{Name: "target"},
		{Name: "type"},
		{Name: "total", Right: true},
		{Name: "duration", Right: true},
		{Name: "size", Right: true},
		{Name: "file"},
	}}
	var failures report.List
	for _, entry := range m.Profiles {
		if entry.Error != "" {
			failures.Items = append(failures.Items, entry.Error)
			continue
		}
		table.Rows = append(table.Rows, []report.Value{
			report.Text(entry.Target), report.Text(string(entry.Type)), report.Text(entry.total),
			report.Duration(time.Duration(entry.DurationNS)), report.Bytes(entry.Bytes), report.Name(filepath.Join(entry.dir, entry.File)),
		})
	}
	d.Add(table)
	if len(failures.Items) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Not captured"}, failures)
	}
	return d
}
