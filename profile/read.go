package profile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"

	pprof "github.com/google/pprof/profile"
)

// ReadOptions bound what reading one profile may take. The zero value reads any profile that a service is likely to give.
type ReadOptions struct {
	MaxBytes    int64 // of the profile as stored or sent; 0 means 64 MiB
	MaxRawBytes int64 // after decompression; 0 means 256 MiB. The memory for it is bounded to twice that
}

func (o ReadOptions) withDefaults() ReadOptions {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 64 << 20
	}
	if o.MaxRawBytes <= 0 {
		o.MaxRawBytes = 256 << 20
	}
	return o
}

// What Read refuses. Its errors wrap one of these and say what was found instead.
var (
	ErrEmpty     = errors.New("it is empty")
	ErrHTML      = errors.New("it is an HTML page, not a profile")
	ErrTruncated = errors.New("it is cut off before its end")
	ErrTooLarge  = errors.New("it is too large")
	ErrFormat    = errors.New("it is not a profile")
	ErrTrace     = errors.New("it is an execution trace, not a profile; open it with: go tool trace FILE")
)

// Read reads one profile. Source is what messages call it.
func Read(r io.Reader, source string, opts ReadOptions) (*Profile, error) {
	data, err := readBounded(r, opts.withDefaults().MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", source, err)
	}
	return parse(data, source, opts)
}

// Open reads a profile from a file, or from a service if name is a URL; then it is captured as the URL says.
func Open(ctx context.Context, name string, opts Options) (*Profile, error) {
	if !IsURL(name) {
		file, err := os.Open(name)
		if err != nil {
			if _, _, notHost := net.SplitHostPort(name); notHost == nil && errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("read profile: %w; if it is a service, write http://%s", err, name)
			}
			return nil, fmt.Errorf("read profile: %w", err)
		}
		defer file.Close()
		return Read(file, name, opts.Read)
	}
	return captureURL(ctx, name, opts)
}

// OpenAll opens several profiles, those of services all at the same time. It fails if any can't be had.
func OpenAll(ctx context.Context, names []string, opts Options) ([]*Profile, error) {
	profiles, errs := make([]*Profile, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	for i, name := range names {
		if IsURL(name) {
			wait.Go(func() { profiles[i], errs[i] = Open(ctx, name, opts) })
		} else {
			profiles[i], errs[i] = Open(ctx, name, opts)
		}
	}
	wait.Wait()
	return profiles, errors.Join(errs...)
}

// readBounded reads all of r, or fails with ErrTooLarge after limit bytes.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: over %d MiB", ErrTooLarge, limit>>20)
	}
	return data, nil
}

// parse reads a profile from the bytes of a file or an answer.
func parse(data []byte, source string, opts ReadOptions) (*Profile, error) {
	opts = opts.withDefaults()
	raw, err := decompress(data, opts)
	if err == nil {
		err = recognise(raw)
	}
	p := &Profile{Source: source}
	if err == nil {
		p.flat, err = decode(raw, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", source, err)
	}
	p.Type = p.flat.kind()
	p.load = func() (*pprof.Profile, error) {
		if size := p.flat.protoSize(); size > 8*opts.MaxRawBytes {
			return nil, fmt.Errorf("read %s: %w: it takes %d MiB of memory", source, ErrTooLarge, size>>20)
		}
		raw, err := decompress(data, opts)
		if err != nil {
			return nil, err
		}
		return decodeWithPprof(raw)
	}
	return p, nil
}

// protoSize estimates the memory that the pprof package needs for a profile.
func (f *flat) protoSize() int64 {
	return 200*int64(f.samples()+len(f.labels)+len(f.functions)+len(f.locations)) + 16*int64(len(f.stacks)) + 8*int64(len(f.values))
}

// fromProto makes a Profile of one that was computed. The caller gives it away.
func fromProto(decoded *pprof.Profile, source string, kind Type) *Profile {
	return &Profile{
		Source: source, Type: kind, flat: flatten(decoded),
		load: func() (*pprof.Profile, error) { return decoded.Copy(), nil },
	}
}

// decode makes a profile's tables. The own decoder reads what profilers write nowadays; the rest is for the pprof
// package, which takes up to some forty times the message's size, so that a message made to be large there is refused.
func decode(raw []byte, opts ReadOptions) (*flat, error) {
	f, err := decodeFlat(raw, 2*opts.MaxRawBytes)
	if err == nil {
		f.demangle()
		return f, nil
	}
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	if cost := costWithPprof(raw); cost > 2*opts.MaxRawBytes {
		return nil, fmt.Errorf("%w: %d MiB of a kind that takes %d MiB to read", ErrTooLarge, len(raw)>>20, cost>>20)
	}
	decoded, err := decodeWithPprof(raw)
	if err != nil {
		return nil, err
	}
	return flatten(decoded), nil
}

// costWithPprof is the memory that the pprof package takes to read something, roughly and rather more than less.
func costWithPprof(raw []byte) int64 {
	const text, sample, frame, label, other = 10, 200, 16, 400, 200 // bytes: for each byte of text, for each of the rest
	cost := int64(len(raw))
	for rest := raw; len(rest) > 0; {
		f, after, err := nextField(rest)
		if err != nil { // one of the text formats, or broken
			return max(cost, text*int64(len(raw)))
		}
		rest = after
		cost += other
		if f.number != fieldSample {
			continue
		}
		cost += sample + frame*int64(len(f.bytes))
		for parts := f.bytes; len(parts) > 0; {
			part, more, err := nextField(parts)
			if err != nil {
				break
			}
			if part.number == 3 {
				cost += label
			}
			parts = more
		}
	}
	return cost
}

var gzipMagic = []byte{0x1f, 0x8b}

// decompress undoes gzip, if that is what data is, and stops at the limit: a few bytes can unpack to gigabytes.
func decompress(data []byte, opts ReadOptions) ([]byte, error) {
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	if !bytes.HasPrefix(data, gzipMagic) {
		return data, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, gzipError(err)
	}
	size := unpackedSize(data)
	if size > opts.MaxRawBytes { // or the end is cut off: look before keeping anything of it
		n, err := io.Copy(io.Discard, io.LimitReader(reader, opts.MaxRawBytes+1))
		if err != nil {
			return nil, gzipError(err)
		}
		if n > opts.MaxRawBytes {
			return nil, fmt.Errorf("%w: over %d MiB when decompressed", ErrTooLarge, opts.MaxRawBytes>>20)
		}
		if err := reader.Reset(bytes.NewReader(data)); err != nil {
			return nil, gzipError(err)
		}
	}
	raw, err := readSized(reader, size, opts.MaxRawBytes)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%w when decompressed", err)
	case err != nil:
		return nil, gzipError(err)
	case len(raw) == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(raw, gzipMagic):
		return nil, fmt.Errorf("%w: it is compressed twice", ErrFormat)
	}
	return raw, nil
}

// unpackedSize is the size after decompression that the end of the data claims.
func unpackedSize(data []byte) int64 {
	if len(data) < 18 {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(data[len(data)-4:]))
}

// readSized is readBounded for data of a known size. If that was not true, it is read all the same.
func readSized(r io.Reader, size, limit int64) ([]byte, error) {
	if size <= 0 || size > limit {
		return readBounded(r, limit)
	}
	raw := make([]byte, size)
	n, err := io.ReadFull(r, raw)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		// Either the data is cut off or its end lies: what the reader says next tells.
		_, err = r.Read(make([]byte, 1))
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return raw[:n], err
	}
	if err != nil {
		return nil, err
	}
	rest, err := readBounded(r, limit-size)
	if err != nil {
		if errors.Is(err, ErrTooLarge) {
			err = fmt.Errorf("%w: over %d MiB", ErrTooLarge, limit>>20)
		}
		return nil, err
	}
	return append(raw, rest...), nil
}

func gzipError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// recognise refuses what people take for a profile by mistake, with a word that says so.
func recognise(raw []byte) error {
	head := strings.ToLower(string(bytes.TrimSpace(raw[:min(len(raw), 512)])))
	switch {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"), strings.HasPrefix(head, "<head"):
		return ErrHTML
	case strings.HasPrefix(head, "go 1.") && strings.Contains(head[:min(len(head), 24)], "trace"):
		return ErrTrace
	case strings.HasPrefix(head, "perfile2"):
		return fmt.Errorf("%w: it is Linux perf data; convert it with perf_to_profile", ErrFormat)
	}
	return nil
}

// decodeWithPprof calls pprof's parser, which was not written for hostile input: whatever it does becomes an error.
func decodeWithPprof(raw []byte) (decoded *pprof.Profile, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			decoded, err = nil, fmt.Errorf("%w: %v", ErrFormat, cause)
		}
	}()
	decoded, err = pprof.ParseData(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w%s", ErrFormat, err, beginning(raw))
	case len(decoded.SampleType) == 0:
		return nil, fmt.Errorf("%w: it names no kind of sample", ErrFormat)
	}
	prepare(decoded)
	return decoded, nil
}

// beginning quotes the start of what isn't a profile, if it is text.
func beginning(raw []byte) string {
	line, _, _ := strings.Cut(string(raw[:min(len(raw), 60)]), "\n")
	line = strings.TrimSpace(line)
	if line == "" || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == '\uFFFD' }) {
		return ""
	}
	return fmt.Sprintf("; it begins with %q", line)
}

// prepare does to a profile what the pprof tool does after reading it, so that numbers and names agree: frames that the
// profile itself calls uninteresting go, and C++ and Rust names are made readable.
func prepare(p *pprof.Profile) {
	demangle(p)
	_ = p.RemoveUninteresting() // an expression that doesn't compile drops no frames, as with the pprof tool
}
