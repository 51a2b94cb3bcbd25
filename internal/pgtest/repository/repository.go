// Package repository makes a Maven repository, such as PostgreSQL is downloaded from, of the PostgreSQL of this machine. A
// server that is started from what such a repository delivers runs from that alone.
package repository

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoConfig says that an installation has no pg_config to tell where its files are.
var ErrNoConfig = errors.New("no pg_config beside postgres")

// programs are those that a server needs, and pg_ctl, which the library looks for.
var programs = []string{"initdb", "postgres", "pg_ctl"}

// Archive packs an installation as the jar that repositories hold: an archive .txz with bin, lib and share in it. bin is the
// folder of initdb and postgres.
func Archive(ctx context.Context, bin string) ([]byte, error) {
	libraries, err := configured(ctx, bin, "--pkglibdir")
	if err != nil {
		return nil, err
	}
	share, err := configured(ctx, bin, "--sharedir")
	if err != nil {
		return nil, err
	}
	if bin, err = configured(ctx, bin, "--bindir"); err != nil {
		return nil, err
	}
	// PostgreSQL finds its other folders by their way from bin as it was built, so that has to stay what it was.
	prefix := common(common(bin, libraries), share)
	var content bytes.Buffer
	archive := tar.NewWriter(&content)
	for _, name := range programs {
		if err := add(archive, prefix, filepath.Join(bin, name)); err != nil {
			return nil, err
		}
	}
	for _, dir := range []string{libraries, share} {
		if err := addAll(archive, prefix, dir); err != nil {
			return nil, err
		}
	}
	if name := inArchive(prefix, bin); name != "bin" {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin", Linkname: name}); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return Jar(content.Bytes())
}

// Jar wraps a tar archive as repositories do.
func Jar(archive []byte) ([]byte, error) {
	var jar bytes.Buffer
	writer := zip.NewWriter(&jar)
	file, err := writer.CreateHeader(&zip.FileHeader{Name: "postgres.txz", Method: zip.Store})
	if err == nil {
		_, err = file.Write(xz(archive))
	}
	if err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return jar.Bytes(), nil
}

// Handler serves a jar as whatever version is asked for, and its checksum.
func Handler(jar []byte) http.Handler {
	checksum := sha256.Sum256(jar)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/io/zonky/test/postgres/embedded-postgres-binaries-"):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".jar"):
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(jar))
		case strings.HasSuffix(r.URL.Path, ".jar.sha256"):
			_, _ = io.WriteString(w, hex.EncodeToString(checksum[:])) // a client that has gone needs none
		default:
			http.NotFound(w, r)
		}
	})
}

// inArchive is a file's name in the archive.
func inArchive(prefix, path string) string {
	return strings.TrimPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

// configured asks pg_config where an installation has its files.
func configured(ctx context.Context, bin, option string) (string, error) {
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "pg_config"), option).Output()
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w in %s", ErrNoConfig, bin)
	}
	if err != nil {
		return "", fmt.Errorf("pg_config %s: %w", option, err)
	}
	return filepath.EvalSymlinks(strings.TrimSpace(string(out)))
}

// common returns the folder that two others are in.
func common(a, b string) string {
	for a != b {
		if len(a) < len(b) {
			a, b = b, a
		}
		a = filepath.Dir(a)
	}
	return a
}

// addAll adds what a server needs of a folder: not the bitcode of its functions nor what extensions are built with, which
// are large.
func addAll(archive *tar.Writer, prefix, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "bitcode" || entry.Name() == "pgxs" || entry.Name() == "man" {
				return fs.SkipDir
			}
			return nil
		}
		return add(archive, prefix, path)
	})
}

// add adds a file, or the one that a symbolic link leads to, unless that is a neighbour: extensions have hundreds of such
// links to one file.
func add(archive *tar.Writer, prefix, path string) error {
	if target, err := os.Readlink(path); err == nil && filepath.Base(target) == target {
		return archive.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: inArchive(prefix, path), Linkname: target})
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: inArchive(prefix, path),
		Mode: int64(info.Mode().Perm()), Size: int64(len(content)),
	}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = archive.Write(content)
	return err
}
