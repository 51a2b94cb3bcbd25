package workload

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// common are prefixes that are tried before one is made up from the lines: PostgreSQL's default, Debian's, pgBadger's,
// Amazon's, Google's, and their like.
var common = []string{
	"%m [%p] ", "%m [%p] %q%u@%d ", "%t [%p]: ", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
	"%t:%r:%u@%d:[%p]:", "%m [%p]: [%l-1] db=%d,user=%u ", "%t ", "%m ", "< %m > ", "<%t>", "%t [%p]: [%l-1] ", "%t [%p]: [%l-1] user=%u,db=%d ",
	"db=%d,user=%u,app=%a,client=%h ", "user=%u,db=%d,app=%a,client=%h ", "user=%u,db=%d ", "%m [%p] user=%u,db=%d ", "%m [%p] %u@%d ", "%t [%p] %u@%d ",
	"%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%t [%p-%l] %q%u@%d ", "%t [%p] %q%u@%d ", "%m %r %u %a [%c] [%p] ",
	"%m [%p][%v] : [%l-1] %q[app=%a] ", "%m [%p] %q[user=%u,db=%d,app=%a] ", "%m|%u|%d|%p|", "%t|%u|%d|%p|", "%m|%u|%d|%c|", "%m %u %d %p ", "%t %u %d [%p] ", "",
}

// guessPrefix finds the log_line_prefix that fits the lines best. It returns nil if there is none that fits most of
// those that have a label.
func guessPrefix(lines [][]byte) *prefix {
	var labelled [][]byte
	for _, line := range lines {
		if len(line) > 0 && line[0] != '\t' && findLabel(line) >= 0 {
			labelled = append(labelled, line)
		}
	}
	if len(labelled) == 0 {
		return nil
	}
	candidates := slices.Clone(common)
	candidates = append(candidates, inferred(labelled)...)
	var best *prefix
	bestScore := 0
	for _, format := range candidates {
		p := newPrefix(format)
		if score := p.score(labelled); score > bestScore {
			best, bestScore = p, score
		}
	}
	if best == nil || bestScore < len(labelled) { // less than one point a line: not even half of them match
		return nil
	}
	return best
}

// inferred makes up a prefix from each line, and returns the few that come most often and the longest ones: a session's
// lines have all the parts, a background process's have not.
func inferred(lines [][]byte) []string {
	counts := map[string]int{}
	for _, line := range lines {
		counts[inferPrefix(line[:findLabel(line)])]++
	}
	formats := slices.Sorted(maps.Keys(counts))
	const some = 8
	var chosen []string
	slices.SortStableFunc(formats, func(a, b string) int { return counts[b] - counts[a] })
	chosen = append(chosen, formats[:min(len(formats), some)]...)
	slices.SortStableFunc(formats, func(a, b string) int { return strings.Count(b, "%") - strings.Count(a, "%") })
	chosen = append(chosen, formats[:min(len(formats), some)]...)
	// Where a background process's prefix stops, a session's has %q.
	for _, long := range slices.Clone(chosen) {
		for _, short := range chosen {
			if len(short) > 0 && len(short) < len(long) && strings.HasPrefix(long, short) {
				chosen = append(chosen, short+"%q"+long[len(short):])
			}
		}
	}
	return chosen
}

// score is two points for each line that a prefix reads, and one for each thing that it finds out about a line on top.
func (p *prefix) score(lines [][]byte) int {
	score := 0
	var c clock
	for _, line := range lines {
		var e entry
		if _, _, ok := p.match(line, &e, &c); !ok {
			score -= 2
			continue
		}
		score += 2
		for _, known := range []bool{!e.at.IsZero(), len(e.session) > 0, plainName(e.user), plainName(e.database), len(e.application) > 0} {
			if known {
				score++
			}
		}
	}
	return score
}

// plainName tells whether a value can be a user or database, and not several things at once.
func plainName(value []byte) bool {
	return len(value) > 0 && !bytes.ContainsAny(value, " =,@")
}

// adapt reads a line that has another prefix than most. It must have a time stamp in front of its label.
func (l *textLog) adapt(body []byte, e *entry) (lab label, text []byte, ok bool) {
	at := findLabel(body)
	if at < 0 {
		return lab, nil, false
	}
	format := inferPrefix(body[:at])
	if !strings.Contains(format, "%t") && !strings.Contains(format, "%m") && !strings.Contains(format, "%n") && l.header == noHeader {
		return lab, nil, false
	}
	p := l.others[format]
	if p == nil {
		p = newPrefix(format)
		if l.others == nil || len(l.others) >= maxPending {
			l.others = map[string]*prefix{}
		}
		l.others[format] = p
	}
	*e = entry{}
	return p.match(body, e, l.clock)
}

// keys of prefixes that name their values, such as db=%d.
var keys = map[string]string{
	"user": "%u", "usr": "%u", "username": "%u", "u": "%u", "db": "%d", "database": "%d", "dbname": "%d", "d": "%d", "app": "%a", "appli": "%a", "a": "%a",
	"application": "%a", "application_name": "%a", "appname": "%a", "client": "%h", "host": "%h", "h": "%h", "remote": "%h", "ip": "%h", "pid": "%p", "p": "%p",
	"xid": "%x", "txid": "%x", "tx": "%x", "queryid": "%Q", "query_id": "%Q", "session": "%c", "sess": "%c", "sid": "%c", "c": "%c", "vxid": "%v", "trx": "%v",
	"sqlstate": "%e", "state": "%e", "code": "%e", "sql_error_code": "%e", "e": "%e", "line": "%l", "l": "%l", "type": "%b", "backend": "%b", "cmd": "%i", "tag": "%i",
}

// inferPrefix makes up a log_line_prefix from what one line has in front of its label.
func inferPrefix(text []byte) string {
	var format strings.Builder
	var c clock
	pid := false
	for i := 0; i < len(text); {
		rest := text[i:]
		if _, size := c.read(rest); size > 0 {
			if bytes.IndexByte(rest[:size], '.') > 0 {
				format.WriteString("%m")
			} else {
				format.WriteString("%t")
			}
			i += size
			continue
		}
		if _, size := epoch(rest); size > 0 {
			format.WriteString("%n")
			i += size
			continue
		}
		if escape, size := inferValue(rest, pid); size > 0 {
			pid = pid || strings.Contains(escape, "%p")
			format.WriteString(escape)
			i += size
			continue
		}
		if text[i] == '%' {
			format.WriteByte('%')
		}
		format.WriteByte(text[i])
		i++
	}
	return format.String()
}

// inferValue recognises what rest starts with, and returns the format that reads it and its length.
func inferValue(rest []byte, pid bool) (string, int) {
	// key=value, key = value
	word := 0
	for word < len(rest) && (rest[word] >= 'a' && rest[word] <= 'z' || rest[word] == '_') {
		word++
	}
	for _, equals := range []string{"=", " = "} {
		if word > 0 && bytes.HasPrefix(rest[word:], []byte(equals)) {
			escape, ok := keys[string(rest[:word])]
			if !ok {
				escape = "%?"
			}
			start := word + len(equals)
			var c clock
			if _, size := c.read(rest[start:]); size > 0 { // time=…
				return string(rest[:start]), start
			}
			return string(rest[:start]) + escape, start + valueSize(rest[start:])
		}
	}
	end := bytes.IndexAny(rest, " ,]:|;)")
	if end < 0 {
		end = len(rest)
	}
	value := rest[:end]
	if rest[0] == '[' { // [123], [12-1], [local], [unknown]@[unknown]
		if end < len(rest) && rest[end] == ']' {
			inner := rest[1:end]
			switch dash := bytes.IndexByte(inner, '-'); {
			case dash > 0 && allDigits(inner[:dash]) && allDigits(inner[dash+1:]):
				return "[%l-" + string(inner[dash+1:]) + "]", end + 1
			case allDigits(inner) && !pid:
				return "[%p]", end + 1
			case allDigits(inner):
				return "[%x]", end + 1
			case string(inner) == "local":
				return "%h", end + 1
			case string(inner) == "unknown" && bytes.HasPrefix(rest[end+1:], []byte("@[unknown]")):
				return "%u@%d", end + 1 + len("@[unknown]")
			}
		}
		return "", 0
	}
	switch {
	case bytes.Contains(value, []byte("@")):
		return "%u@%d", end
	case allDigits(value) && !pid && len(value) > 1:
		return "%p", end
	case sessionID(value):
		return "%c", end
	case address(value):
		return "%r", end
	}
	return "", 0
}

// valueSize returns the length of a value behind an equals sign; [local] and [unknown] are values with their brackets.
func valueSize(rest []byte) int {
	if len(rest) > 0 && rest[0] == '[' {
		if end := bytes.IndexByte(rest, ']'); end > 0 {
			return end + 1
		}
	}
	// A name may hold spaces: it goes up to the next key.
	for i := range rest {
		if (rest[i] == ',' || rest[i] == ' ') && keyFollows(rest[i+1:]) {
			return i
		}
	}
	if size := bytes.IndexAny(rest, ", ]|;)"); size >= 0 {
		return size
	}
	return len(rest)
}

func keyFollows(rest []byte) bool {
	i := 0
	for i < len(rest) && (rest[i] >= 'a' && rest[i] <= 'z' || rest[i] == '_') {
		i++
	}
	return i > 0 && i < len(rest) && rest[i] == '='
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// sessionID recognises %c: two hexadecimal numbers with a point between them.
func sessionID(b []byte) bool {
	first, second, ok := bytes.Cut(b, []byte("."))
	if !ok || len(first) != 8 {
		return false
	}
	_, err1 := strconv.ParseUint(string(first), 16, 64)
	_, err2 := strconv.ParseUint(string(second), 16, 64)
	return err1 == nil && err2 == nil
}

// address recognises an IPv4 address with or without a port in parentheses.
func address(b []byte) bool {
	if i := bytes.IndexByte(b, '('); i > 0 {
		b = b[:i]
	}
	parts := bytes.Split(b, []byte("."))
	return len(parts) == 4 && !slices.ContainsFunc(parts, func(p []byte) bool { return !allDigits(p) || len(p) > 3 })
}

// epoch reads %n: seconds since 1970 with milliseconds.
func epoch(b []byte) (t time.Time, size int) {
	if len(b) < 14 || b[10] != '.' || !allDigits(b[:10]) || !allDigits(b[11:14]) {
		return t, 0
	}
	seconds, _ := strconv.ParseInt(string(b[:10]), 10, 64)
	millis, _ := strconv.ParseInt(string(b[11:14]), 10, 64)
	return time.Unix(seconds, millis*int64(time.Millisecond)).UTC(), 14
}
