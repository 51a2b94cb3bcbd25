package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// drizzleScript fills the blog's tables with drizzle-seed and prints the seconds that it took, without Node's start.
//
//go:embed drizzle.mjs
var drizzleScript []byte

// drizzlePackages are installed for the time of the measurement.
var drizzlePackages = []string{"drizzle-orm@0.45.4", "drizzle-seed@0.3.1", "pg@8.23.1"}

// drizzle times drizzle-seed on a tenth of the rows.
func (b *bench) drizzle() (took time.Duration, rows int64, err error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return 0, 0, fmt.Errorf("%w: install Node.js with npm", errMissing)
		}
	}
	dir := filepath.Join(b.dir, "drizzle")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return 0, 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "drizzle.mjs"), drizzleScript, 0o600); err != nil {
		return 0, 0, err
	}
	install := append([]string{"install", "--prefix", dir, "--no-audit", "--no-fund", "--no-save"}, drizzlePackages...)
	if out, err := exec.CommandContext(b.ctx, "npm", install...).CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("%w: npm could not install drizzle-seed: %s", errMissing, firstLine(out))
	}
	dsn, err := b.blog("drizzle")
	if err != nil {
		return 0, 0, err
	}
	want := b.share(10)
	command := exec.CommandContext(b.ctx, "node", filepath.Join(dir, "drizzle.mjs"), strconv.FormatInt(want.users, 10),
		strconv.FormatInt(want.posts, 10), strconv.FormatInt(want.comments, 10))
	command.Env = append(os.Environ(), "BENCH_DSN="+dsn)
	var problem strings.Builder
	command.Stderr = &problem
	out, err := command.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, problem.String())
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, 0, fmt.Errorf("read the seconds that drizzle-seed took: %w", err)
	}
	return time.Duration(seconds * float64(time.Second)), want.all(), nil
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}
