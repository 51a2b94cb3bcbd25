package pgserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// DownloadOnly, as Source.BinDir, passes over the PostgreSQL that is installed.
const DownloadOnly = "download"

// releases are the versions that the library knows by the name of their major version.
var releases = [...]embeddedpostgres.PostgresVersion{
	embeddedpostgres.V18, embeddedpostgres.V17, embeddedpostgres.V16, embeddedpostgres.V15, embeddedpostgres.V14, embeddedpostgres.V13,
}

// release turns 17, 17.5 or 17.5.0 into the version under which a repository has it, and nothing into the library's own.
func release(version string) (embeddedpostgres.PostgresVersion, error) {
	if version == "" {
		return embeddedpostgres.V18, nil
	}
	for _, known := range releases {
		if major, _, _ := strings.Cut(string(known), "."); major == version {
			return known, nil
		}
	}
	if strings.Count(version, ".") == 1 {
		version += ".0"
	}
	if numbers := numbers(version); len(numbers) != 3 || numbers[0] < oldest {
		return "", fmt.Errorf("%q is no version of PostgreSQL to be had: use one such as 17 or 17.5, from %d on", version, oldest)
	}
	return embeddedpostgres.PostgresVersion(version), nil
}

// download returns a PostgreSQL from the repository, fetched into the cache folder unless it is there already.
func (s Source) download(ctx context.Context, cache string) (Binaries, error) {
	version, err := release(s.Version)
	if err != nil {
		return Binaries{}, err
	}
	dir := filepath.Join(cache, "postgresql", string(version))
	if b, err := inspect(ctx, filepath.Join(dir, "bin")); err == nil {
		return b, nil
	}
	if err := makeFolder(filepath.Dir(dir), 0o755); err != nil {
		return Binaries{}, err
	}
	busy, err := lock(ctx, dir+".lock") // the first fetches, the others wait for it
	if err != nil {
		return Binaries{}, err
	}
	defer busy.Close()
	if b, err := inspect(ctx, filepath.Join(dir, "bin")); err == nil {
		return b, nil
	}
	if err := s.fetch(ctx, version, dir); err != nil {
		return Binaries{}, fmt.Errorf("%w, and PostgreSQL %s can't be downloaded: %w", ErrNoBinaries, version, err)
	}
	return inspect(ctx, filepath.Join(dir, "bin"))
}

// fetch puts a PostgreSQL into dir, which appears only when it is whole. The library writes into a folder beside it, which
// a fetch that was killed may have left.
func (s Source) fetch(ctx context.Context, version embeddedpostgres.PostgresVersion, dir string) error {
	scratch := dir + ".new"
	if err := errors.Join(os.RemoveAll(scratch), os.RemoveAll(dir)); err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	relay, err := startRelay(ctx, cmp.Or(s.Repository, libraryRepository()), cmp.Or(s.patience, patience), s.Progress)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(scratch, "unpacked")
	libraryErr := runLibrary(embeddedpostgres.DefaultConfig().
		Version(version).
		BinaryRepositoryURL(relay.url).
		CachePath(filepath.Join(scratch, "archive")).
		RuntimePath(unpacked).
		DataPath(filepath.Join(scratch, "data") + "/."))
	if err := relay.stop(); err != nil { // says more than the library, which hides what went wrong
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if _, err := inspect(ctx, filepath.Join(unpacked, "bin")); err != nil {
		if libraryErr != nil && outOfRoom(libraryErr.Error()) {
			return fmt.Errorf("%w: no room for PostgreSQL in %s: free 300 MB there, or name another place with PGASSAY_CACHE", ErrDiskFull, filepath.Dir(dir))
		}
		if libraryErr != nil {
			return fmt.Errorf("%w (from %s)", libraryErr, relay.shown)
		}
		return err
	}
	if err := openToAll(unpacked); err != nil {
		return err
	}
	return os.Rename(unpacked, dir)
}

// runLibrary lets the library fetch, check and unpack an archive, and stops it there: its Start is the only way in, and it
// goes on to make a data folder, as whoever we are, which root may not. It begins that by clearing the data folder, and
// the path of that must end in a dot here, which os.RemoveAll refuses.
func runLibrary(config embeddedpostgres.Config) error {
	library := embeddedpostgres.NewDatabase(config.Port(0).Logger(nil))
	err := library.Start()
	if err == nil { // can't be, unless the library has changed
		return library.Stop()
	}
	if strings.HasPrefix(err.Error(), "unable to clean up data directory ") {
		err = nil
	}
	// The library leaves its log file behind, open.
	if log := reflect.ValueOf(library).Elem().FieldByName("syncedLogger"); log.IsValid() && log.Kind() == reflect.Pointer && !log.IsNil() {
		if file := log.Elem().FieldByName("file"); file.IsValid() && file.Type() == reflect.TypeFor[*os.File]() && !file.IsNil() {
			log := (*os.File)(file.UnsafePointer())
			return errors.Join(err, log.Close(), os.Remove(log.Name()))
		}
	}
	return err
}

// libraryRepository returns the repository that the library uses by default, which it doesn't export.
func libraryRepository() string {
	field := reflect.ValueOf(embeddedpostgres.DefaultConfig()).FieldByName("binaryRepositoryURL")
	if !field.IsValid() || field.Kind() != reflect.String {
		return ""
	}
	return field.String()
}

// openToAll lets everybody read and run what is in a folder, whatever our umask and the archive say: where we are root
// the server runs as somebody else.
func openToAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if info.IsDir() || mode&0o111 != 0 {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}
