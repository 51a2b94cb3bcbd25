package workload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// Read reads inputs one after another and groups their statements. It stops when ctx is done.
func Read(ctx context.Context, inputs []Input, opts Options) (*Workload, error) {
	r := &reading{opts: opts, workload: &Workload{}, group: newGrouper()}
	r.interpreter = newInterpreter(opts, r.group, r.workload)
	if opts.Events != nil {
		r.events = newEventMaker(opts.Events)
		r.interpreter.emit = r.events.emit
	}
	for _, input := range inputs {
		if err := r.input(ctx, input); err != nil {
			return nil, fmt.Errorf("read %s: %w", input.Name, err)
		}
	}
	return r.finish(), nil
}

// reading is one call of Read.
type reading struct {
	opts        Options
	workload    *Workload
	group       *grouper
	interpreter *interpreter
	events      *eventMaker
	scripts     []*Statement
}

func (r *reading) input(ctx context.Context, input Input) error {
	o, err := input.open()
	if err != nil {
		return err
	}
	defer o.Close()
	kind := r.opts.Kind
	if kind == Unknown {
		kind = Detect(o.start)
	}
	r.group.source = input.Name
	switch kind {
	case SQLFile:
		return r.script(o, input.Name)
	case QueryLogFile:
		return r.queryLog(ctx, o)
	case CSVLog, JSONLog, TextLog:
		return r.log(ctx, o, kind)
	}
	return fmt.Errorf("unknown kind %q: use sql, querylog, csvlog, jsonlog or log", kind)
}

const maxScript = 256 << 20

// script reads an SQL file. Each statement stands for itself, in the file's order.
func (r *reading) script(o *opened, name string) error {
	text, err := io.ReadAll(io.LimitReader(o, maxScript+1))
	if err != nil {
		return err
	}
	if len(text) > maxScript {
		return fmt.Errorf("an SQL file of more than %d MiB; if it is a log, say so with --input log", maxScript>>20)
	}
	r.workload.Bytes += int64(len(text))
	meta := 0
	for _, s := range sqltext.Split(strings.TrimPrefix(string(text), "\ufeff")) {
		source := fmt.Sprintf("%s:%d", name, s.Line)
		switch s.Kind {
		case sqltext.Meta:
			meta++
		case sqltext.CopyIn:
			r.warn(source + ": COPY FROM stdin is left out")
		case sqltext.SQL:
			statement := &Statement{
				Fingerprint: sqltext.Fingerprint(s.Text), Name: s.Name, Source: source, Rows: -1, Samples: []Sample{{Text: s.Text}},
			}
			statement.readText()
			r.scripts = append(r.scripts, statement)
		}
	}
	if meta > 0 {
		r.warn(fmt.Sprintf("%s: %d commands of psql are left out", name, meta))
	}
	return nil
}

func (r *reading) warn(text string) { r.workload.Warnings = append(r.workload.Warnings, text) }

// logReader reads the messages of one log.
type logReader interface {
	next(e *entry) error
}

func newLogReader(b *buffer, c *clock, unread *Unread, kind Kind, prefix string) logReader {
	switch kind {
	case CSVLog:
		return &csvLog{buffer: b, clock: c, unread: unread}
	case JSONLog:
		return &jsonLog{buffer: b, clock: c, unread: unread, prefix: prefix}
	}
	return newTextLog(b, c, unread, prefix)
}

// often enough that Ctrl-C is felt at once, seldom enough that it costs nothing.
const checkEvery = 4096

func (r *reading) log(ctx context.Context, from io.Reader, kind Kind) error {
	b, c := newBuffer(from), &clock{}
	var unread Unread
	reader := newLogReader(b, c, &unread, kind, r.opts.Prefix)
	var e entry
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		err := reader.next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		r.workload.Entries++
		if r.wanted(&e) {
			r.interpreter.add(&e)
		}
	}
	r.workload.Bytes += b.total
	r.workload.Unread.merge(unread)
	if c.unknown != "" {
		r.warn(fmt.Sprintf("the time zone %s is not known and was taken for UTC", c.unknown))
	}
	return nil
}

// wanted applies the options to a message.
func (r *reading) wanted(e *entry) bool {
	o := &r.opts
	if !o.Since.IsZero() && e.at.Before(o.Since) || !o.Until.IsZero() && !e.at.Before(o.Until) {
		return false
	}
	return (len(o.Databases) == 0 || slices.Contains(o.Databases, viewString(e.database))) &&
		(len(o.Users) == 0 || slices.Contains(o.Users, viewString(e.user)))
}

// queryLog reads what an application recorded. Its statements have no values.
func (r *reading) queryLog(ctx context.Context, from io.Reader) error {
	log := NewQueryLog(from)
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e, err := log.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !r.opts.Since.IsZero() && e.Time.Before(r.opts.Since) || !r.opts.Until.IsZero() && !e.Time.Before(r.opts.Until) {
			continue
		}
		r.workload.Entries++
		r.recorded(e)
	}
	r.workload.Dropped += log.Dropped
	r.workload.Bytes += log.lines.total
	r.workload.Unread.merge(log.Unread)
	return nil
}

func (r *reading) recorded(e *Event) {
	if text := e.Statement; text != "" {
		r.workload.Executions++
		s := r.group.find([]byte(text), nil)
		if e.Code != "" {
			s.Errors++
		} else {
			r.group.count(s, &execution{text: []byte(text), duration: e.Duration, timed: true, at: e.Time})
			if e.Rows >= 0 {
				s.Rows = max(0, s.Rows) + e.Rows
			}
		}
	}
	if r.opts.Events != nil {
		r.opts.Events(e)
	}
}

func (r *reading) finish() *Workload {
	r.interpreter.flush()
	w := r.workload
	if r.opts.Unread != nil {
		r.opts.Unread(w.Unread)
	}
	w.Statements = r.group.statements()
	sortStatements(w.Statements)
	if top := r.opts.Top; top > 0 && len(w.Statements) > top {
		w.Left = len(w.Statements) - top
		w.Statements = w.Statements[:top]
	}
	w.Statements = append(r.scripts, w.Statements...)
	return w
}
