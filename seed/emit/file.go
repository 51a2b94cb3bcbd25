package emit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// unfinished is how the folder begins that files are in while they are written.
const unfinished = ".unfinished-"

// stage is a folder in the output folder where files grow, to be moved out when all are whole.
type stage struct {
	dir, temporary string
	made           bool // the output folder is ours
}

// newStage makes the output folder, or makes sure that it is empty.
func newStage(dir string) (*stage, error) {
	s := &stage{dir: dir}
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("make the output directory: %w", err)
		}
		s.made = true
	case err != nil:
		return nil, fmt.Errorf("look into the output directory: %w", err)
	default:
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), unfinished) {
				return nil, fmt.Errorf("the output directory %s is not empty (%s is in it): name another one, or empty it first", dir, e.Name())
			}
		}
	}
	temporary, err := os.MkdirTemp(dir, unfinished)
	if err != nil {
		return nil, fmt.Errorf("make a folder in the output directory: %w", err)
	}
	s.temporary = temporary
	return s, nil
}

// finish moves the files out, in their order.
func (s *stage) finish(names []string) error {
	for i, name := range names {
		if err := os.Rename(filepath.Join(s.temporary, name), filepath.Join(s.dir, name)); err != nil {
			for _, moved := range names[:i] {
				_ = os.Remove(filepath.Join(s.dir, moved)) // the error says enough
			}
			return fmt.Errorf("move the files into the output directory: %w", err)
		}
	}
	return nil
}

// abort removes what is unfinished. After finish there is only the folder left.
func (s *stage) abort() {
	_ = os.RemoveAll(s.temporary) // it says by its name what it is
	if s.made {
		_ = os.Remove(s.dir) // fails if there is something in it, as it should
	}
}

// file is a file that is being written.
type file struct {
	io.Writer
	buffer     *bufio.Writer
	compressor io.Closer // nil: none
	file       *os.File
	closed     bool
}

// create makes a file in the stage.
func (s *stage) create(name string, compression Compression) (*file, error) {
	f, err := os.OpenFile(filepath.Join(s.temporary, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	out := &file{file: f, buffer: bufio.NewWriterSize(f, 256<<10)}
	out.Writer = out.buffer
	switch compression {
	case Gzip:
		z := gzip.NewWriter(out.buffer)
		out.Writer, out.compressor = z, z
	case Zstd:
		z, err := zstd.NewWriter(out.buffer, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		out.Writer, out.compressor = z, z
	}
	return out, nil
}

// close ends a file that is whole and returns its size.
func (f *file) close() (size int64, err error) {
	f.closed = true
	if f.compressor != nil {
		err = f.compressor.Close()
	}
	if err == nil {
		err = f.buffer.Flush()
	}
	if info, statErr := f.file.Stat(); statErr == nil {
		size = info.Size()
	}
	return size, errors.Join(err, f.file.Close())
}

// abandon closes a file that was not closed.
func (f *file) abandon() {
	if !f.closed {
		_ = f.file.Close() // it goes away
	}
}

// suffix is what the names of compressed files end in.
func (c Compression) suffix() string {
	return map[Compression]string{Gzip: ".gz", Zstd: ".zst"}[c]
}

// command is what unpacks a file to its standard output.
func (c Compression) command() string {
	return map[Compression]string{Gzip: "gzip -dc", Zstd: "zstd -dcq"}[c]
}

// fileName is the name of the number-th of some tables' files: 03_public.users.csv.gz. The number keeps them apart where
// characters that not every file system or shell takes become a low line.
func fileName(number, of int, table string, opts Options) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, table)
	if long := []rune(name); len(long) > 60 { // of up to four bytes each, and a name may have 255
		name = string(long[:60])
	}
	return fmt.Sprintf("%0*d_%s.%s%s", len(strconv.Itoa(of)), number, name, opts.Format, opts.Compression.suffix())
}
