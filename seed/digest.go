package seed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/units"
	"github.com/pgassay/pgassay/seed/value"
)

// digest is a digest of everything that the rows depend on: two plans with the same digest make the same rows.
func (p *Plan) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, value.Version, p.opts.Seed, p.opts.NullShare, p.opts.Present.UTC().Format(time.RFC3339Nano))
	for _, t := range p.Tables {
		if t.Rows == 0 {
			continue
		}
		fmt.Fprintf(h, "%s %d %d\n", t.Table, t.first, t.Rows)
		for _, c := range t.Columns {
			fmt.Fprintf(h, "\t%q %s %s\n", c.Name, c.Type, c.From)
		}
		if t.said != nil {
			fmt.Fprintln(h, t.said.Digest())
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// about says for people what is being loaded.
func (p *Plan) about() string {
	var tables []string
	for _, t := range p.Tables {
		if t.Rows > 0 {
			tables = append(tables, t.Table)
		}
	}
	names := strings.Join(tables, ", ")
	if len(tables) > 4 {
		names = fmt.Sprintf("%d tables", len(tables))
	}
	return fmt.Sprintf("%s rows of %s, seed %d", units.Count(int64(p.Rows)), names, p.opts.Seed)
}
