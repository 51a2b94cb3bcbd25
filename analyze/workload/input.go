package workload

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Kind is what an input holds.
type Kind string

// The kinds of input.
const (
	Unknown      Kind = ""         // told by its content
	SQLFile      Kind = "sql"      // a script
	QueryLogFile Kind = "querylog" // package querylog's
	CSVLog       Kind = "csvlog"
	JSONLog      Kind = "jsonlog"
	TextLog      Kind = "log" // stderr, syslog and whatever wraps it
)

// Input is one source to read.
type Input struct {
	Name string // as messages call it
	Open func() (io.ReadCloser, error)
}

// Files returns the inputs at paths. A folder stands for the files under it, hidden ones left out, the oldest first, as
// a rotated set is to be read. "-" is stdin, which may be nil if no path is that.
func Files(paths []string, stdin io.Reader) ([]Input, error) {
	var inputs []Input
	for _, path := range paths {
		if path == "-" {
			inputs = append(inputs, Input{Name: "standard input", Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read workload: %w", err)
		}
		if !info.IsDir() {
			inputs = append(inputs, fileInput(path))
			continue
		}
		files, err := folder(path)
		if err != nil {
			return nil, fmt.Errorf("read workload: %w", err)
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("read workload: no files in %s", path)
		}
		for _, file := range files {
			inputs = append(inputs, fileInput(file))
		}
	}
	return inputs, nil
}

func fileInput(path string) Input {
	return Input{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// folder lists the files under a folder: SQL files by name, logs by age.
func folder(path string) ([]string, error) {
	type file struct {
		path string
		info fs.FileInfo
	}
	var files []file
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && p != path {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			files = append(files, file{p, info})
		}
		return nil
	})
	slices.SortFunc(files, func(a, b file) int {
		if strings.HasSuffix(a.path, ".sql") && strings.HasSuffix(b.path, ".sql") {
			return strings.Compare(a.path, b.path)
		}
		return cmp.Or(a.info.ModTime().Compare(b.info.ModTime()), strings.Compare(a.path, b.path))
	})
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.path
	}
	return paths, err
}

// opened is an input that is being read: its content, decompressed, and the first of it.
type opened struct {
	io.Reader
	start   []byte
	closers []func() error
}

func (o *opened) Close() error {
	var first error
	for _, closer := range slices.Backward(o.closers) {
		if err := closer(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

const sniffBytes = 64 << 10

// open opens an input, and decompresses it if it is gzip, zstd or bzip2.
func (in Input) open() (*opened, error) {
	raw, err := in.Open()
	if err != nil {
		return nil, err
	}
	o := &opened{closers: []func() error{raw.Close}}
	reader := bufio.NewReaderSize(raw, readBuffer)
	magic, err := reader.Peek(4)
	if err != nil && len(magic) == 0 && err != io.EOF {
		return nil, fmt.Errorf("%w", err)
	}
	o.Reader = reader
	switch {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		o.Reader = unzipped
	case bytes.HasPrefix(magic, []byte("BZh")):
		o.Reader = bzip2.NewReader(reader)
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		unzipped, err := zstd.NewReader(reader, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
		o.Reader = unzipped
		o.closers = append(o.closers, func() error { unzipped.Close(); return nil })
	}
	start := make([]byte, sniffBytes)
	n, err := io.ReadFull(o.Reader, start)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%w", err)
	}
	o.start = start[:n]
	o.Reader = io.MultiReader(bytes.NewReader(o.start), o.Reader)
	return o, nil
}

// Detect tells what an input holds from its first bytes: as many as there are, a few lines at least.
func Detect(start []byte) Kind {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), "\r\n")
	if IsQueryLog(start) {
		return QueryLogFile
	}
	lines := bytes.Split(start, []byte("\n"))
	if len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	lines = lines[:min(len(lines), 200)]
	if slices.ContainsFunc(lines[:min(len(lines), 2)], isQueryLogLine) { // the first may be the end of one that was cut
		return QueryLogFile
	}
	looked, objects, labels := 0, 0, 0
	for _, line := range lines {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		looked++
		if line[0] == '{' && line[len(line)-1] == '}' {
			objects++
		}
		if hasLabel(line) {
			labels++
		}
	}
	switch {
	case isCSVLog(start):
		return CSVLog
	case looked > 0 && objects*2 > looked:
		return JSONLog
	case labels > 0 && hasLabel(firstLine(lines)) || labels*4 > looked || looked > 0 && labels*20 > looked && tabs(lines)*2 > looked:
		return TextLog
	case looked > 0 && isPgBouncer(firstLine(lines)):
		return TextLog
	}
	return SQLFile
}

func firstLine(lines [][]byte) []byte {
	for _, line := range lines {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line
		}
	}
	return nil
}

// hasLabel tells whether a line has a label such as LOG: that is no part of an SQL comment.
func hasLabel(line []byte) bool {
	i := findLabel(line)
	if i > 0 && bytes.IndexByte([]byte(" :]>|)"), line[i-1]) < 0 {
		return false
	}
	return i >= 0 && !bytes.HasPrefix(line, []byte("--")) && !bytes.HasPrefix(line, []byte("/*"))
}

func tabs(lines [][]byte) (n int) {
	for _, line := range lines {
		if bytes.HasPrefix(line, []byte("\t")) {
			n++
		}
	}
	return n
}

// isCSVLog tells whether the first record has the columns of a csvlog.
func isCSVLog(start []byte) bool {
	l := &csvLog{clock: &clock{}}
	for range 5 { // the first record may be the end of one that was cut
		count, size, ok := l.scan(start, true)
		if !ok || size == 0 {
			return false
		}
		var e entry
		if count >= csvLeast && l.entry(&e, bytes.Clone(start[:size]), count) {
			return true
		}
		start = start[size:]
	}
	return false
}
