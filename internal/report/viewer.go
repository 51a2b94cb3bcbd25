package report

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// The page's own script, and pev2 with what it needs, as published on npm; pev2/LICENSES.txt names versions and licences.
var (
	//go:embed viewer.js
	viewerScript string
	//go:embed pev2/*.gz
	pev2Files embed.FS
)

// viewer is what a page holds to draw plans: pev2 stays compressed until a plan is opened.
type viewer struct {
	Script string
	Files  []viewerFile

	hashes []string // of the scripts
}

type viewerFile struct{ ID, Base64 string }

func newViewer() (*viewer, error) {
	v := &viewer{Script: viewerScript, hashes: []string{hash([]byte(viewerScript))}}
	for _, name := range []string{"vue.js", "pev2.js", "bootstrap.css", "pev2.css"} {
		packed, err := pev2Files.ReadFile("pev2/" + name + ".gz")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		v.Files = append(v.Files, viewerFile{"pgassay-" + name, base64.StdEncoding.EncodeToString(packed)})
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		v.hashes = append(v.hashes, hash(plain))
	}
	return v, nil
}

// policy is the page's content security policy: nothing is loaded, and only the viewer's scripts run.
func policy(v *viewer) string {
	scripts := "'none'"
	if v != nil {
		scripts = strings.Join(v.hashes, " ")
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
}

// hash is a script's source expression, see Content Security Policy Level 3, 2.3.1.
func hash(script []byte) string {
	sum := sha256.Sum256(script)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
