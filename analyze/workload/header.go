package workload

import (
	"bytes"
	"strconv"
	"time"
)

// headerKind is what stands in front of PostgreSQL's own log_line_prefix.
type headerKind uint8

const (
	noHeader     headerKind = iota
	syslogHeader            // Feb 10 23:15:39 host postgres[10808]: [1-1]
	isoHeader               // 2019-03-14T00:22:56+00:00 host postgres[4882]: [15-1], or Heroku's app[postgres.4882]: [GREEN]
	rfcHeader               // <134>1 2019-03-14T00:22:56+00:00 host postgres 4882 - - [1-1]
	criHeader               // 2024-01-01T00:00:00.000000000Z stderr F
	pipeHeader              // db_1  |
	stampHeader             // 2024-01-01T00:00:00.000Z, as CloudWatch exports it
)

// head is what a header says.
type head struct {
	at      time.Time
	process []byte
	program []byte
	name    []byte // Heroku's name of the database
	part    int64  // m of [n-m]: which part of a message the line is; 0 if that is not said
}

// interleaved tells whether the lines of several messages may be mixed.
func (k headerKind) interleaved() bool { return k == syslogHeader || k == isoHeader || k == rfcHeader }

// guessHeader finds the header that most lines have.
func guessHeader(lines [][]byte) headerKind {
	best, most := noHeader, 0
	looked := 0
	counts := map[headerKind]int{}
	for _, line := range lines {
		if len(line) == 0 || line[0] == '\t' {
			continue
		}
		looked++
		for _, k := range []headerKind{syslogHeader, isoHeader, rfcHeader, criHeader, pipeHeader, stampHeader} {
			var h head
			if _, ok := k.strip(line, &h, 2000); ok {
				counts[k]++
				break
			}
		}
	}
	for _, k := range []headerKind{syslogHeader, isoHeader, rfcHeader, criHeader, pipeHeader, stampHeader} {
		if counts[k] > most {
			best, most = k, counts[k]
		}
	}
	if most*2 <= looked {
		return noHeader
	}
	return best
}

// strip takes the header off a line.
func (k headerKind) strip(line []byte, h *head, year int) (body []byte, ok bool) {
	switch k {
	case noHeader:
		return line, true
	case syslogHeader:
		at, size := bsdTime(line, year)
		if size == 0 {
			return nil, false
		}
		h.at = at
		return program(line[size:], h)
	case isoHeader:
		at, size := isoTime(line)
		if size == 0 {
			return nil, false
		}
		h.at = at
		return program(line[size:], h)
	case rfcHeader:
		return rfc5424(line, h)
	case criHeader:
		at, size := isoTime(line)
		rest := line[size:]
		for _, mark := range []string{" stdout F ", " stderr F ", " stdout P ", " stderr P "} {
			if body, ok := bytes.CutPrefix(rest, []byte(mark)); ok && size > 0 {
				h.at = at
				return body, true
			}
		}
		return nil, false
	case pipeHeader:
		i := bytes.IndexByte(line, '|')
		if i < 1 || i > 64 || bytes.IndexByte(line[:i], ':') >= 0 {
			return nil, false
		}
		return bytes.TrimPrefix(line[i+1:], []byte(" ")), true
	case stampHeader:
		at, size := isoTime(line)
		if size == 0 || size >= len(line) || line[size] != ' ' || bytes.IndexByte(line[:size], 'T') < 0 {
			return nil, false
		}
		h.at = at
		return line[size+1:], true
	}
	return line, true
}

// isoTime reads 2006-01-02T15:04:05 with what may follow.
func isoTime(line []byte) (time.Time, int) {
	if len(line) < 20 || line[10] != 'T' {
		return time.Time{}, 0
	}
	var c clock
	return c.read(line)
}

var months = map[string]time.Month{
	"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}

// bsdTime reads "Feb  9 23:15:39", which says no year: the last one in which that is not in the future.
func bsdTime(line []byte, year int) (t time.Time, size int) {
	if len(line) < 16 || line[3] != ' ' || line[6] != ' ' || line[9] != ':' || line[12] != ':' {
		return t, 0
	}
	month, ok := months[viewString(line[:3])]
	day, err := strconv.Atoi(string(bytes.TrimLeft(line[4:6], " ")))
	if !ok || err != nil {
		return t, 0
	}
	two := func(i int) int { return int(line[i]-'0')*10 + int(line[i+1]-'0') }
	t = time.Date(year, month, day, two(7), two(10), two(13), 0, time.UTC)
	if t.After(time.Now().AddDate(0, 0, 1)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t, 15
}

// program reads " host postgres[10808]: [1-1] ", or Heroku's " app[postgres.4882]: [GREEN] [15-1]  " and
// " d.0f… app[postgres.5925] [AQUA] [9-1]  ".
func program(rest []byte, h *head) (body []byte, ok bool) {
	end := bytes.IndexByte(rest, ']')
	if end < 0 || end > 200 || end+2 >= len(rest) {
		return nil, false
	}
	open := bytes.IndexByte(rest[:end], '[')
	if open < 1 || rest[open-1] == ' ' {
		return nil, false
	}
	h.process = rest[open+1 : end]
	h.program = rest[bytes.LastIndexByte(rest[:open], ' ')+1 : open]
	body = bytes.TrimPrefix(rest[end+1:], []byte(":"))
	if body[0] != ' ' {
		return nil, false
	}
	body = body[1:]
	if i := bytes.LastIndexByte(h.process, '.'); i >= 0 { // Heroku: the process behind the add-on's name
		h.process = h.process[i+1:]
		if len(body) > 0 && body[0] == '[' {
			if i := bytes.IndexByte(body, ' '); i > 0 && body[i-1] == ']' && bytes.IndexByte(body[:i], '-') < 0 {
				h.name = body[1 : i-1]
				body = body[i+1:]
			}
		}
	}
	if !allDigits(h.process) {
		return nil, false
	}
	return sequence(body, h), true
}

// sequence reads "[15-2] ".
func sequence(body []byte, h *head) []byte {
	end := bytes.IndexByte(body, ']')
	if end < 0 || end > 24 || body[0] != '[' {
		return body
	}
	first, second, ok := bytes.Cut(body[1:end], []byte("-"))
	if !ok || !allDigits(first) || !allDigits(second) {
		return body
	}
	h.part, _ = strconv.ParseInt(string(second), 10, 64)
	return bytes.TrimPrefix(body[end+1:], []byte(" "))
}

// rfc5424 reads <134>1 time host app process id data.
func rfc5424(line []byte, h *head) (body []byte, ok bool) {
	i := bytes.IndexByte(line, '>')
	if len(line) == 0 || line[0] != '<' || i < 2 || i > 5 || !allDigits(line[1:i]) {
		return nil, false
	}
	rest, ok := bytes.CutPrefix(line[i+1:], []byte("1 "))
	if !ok {
		return nil, false
	}
	var size int
	if h.at, size = isoTime(rest); size == 0 {
		return nil, false
	}
	fields := bytes.SplitN(rest[size:], []byte(" "), 7) // "", host, app, process, id, data, message
	if len(fields) < 7 {
		return nil, false
	}
	h.process = fields[3]
	if i := bytes.LastIndexByte(h.process, '.'); i >= 0 {
		h.process = h.process[i+1:]
	}
	body = fields[6]
	if bytes.HasPrefix(fields[5], []byte("[")) && !bytes.HasSuffix(fields[5], []byte("]")) {
		return nil, false
	}
	return sequence(body, h), true
}
