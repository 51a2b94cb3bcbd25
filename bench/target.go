package bench

import (
	"errors"
	"fmt"
	"math/bits"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Target is one endpoint under load. ParseTarget makes it; the zero value is none.
type Target struct {
	Name   string // METHOD and path as written; what the Result calls it
	Method string
	Weight int // its share of the requests is Weight over the sum of all Weights
	Body   []byte

	parts []part
}

// part is a piece of a URL: text as it stands, or one of several values.
type part struct {
	text   string
	low    int64 // of a range of count numbers
	count  uint64
	values []string // escaped; of a list
}

// ParseTarget reads a target as people write it: [WEIGHT*][METHOD ]URL, for example
//
//	http://localhost:8080/posts/
//	3*http://localhost:8080/users/{1..5000}/posts
//	POST http://localhost:8080/search?q={ada,grace,@names.txt}
//
// What stands in braces is drawn anew for every request: {1..5000} is a number, {a,b} one of a list, and @FILE in a list
// stands for the lines of a file. The method is GET if there is none.
func ParseTarget(text string) (Target, error) {
	target := Target{Method: "GET", Weight: 1}
	rest := strings.TrimSpace(text)
	if head, tail, ok := strings.Cut(rest, "*"); ok && isDigits(head) {
		weight, err := strconv.Atoi(head)
		if err != nil || weight < 1 || weight > 1_000_000 {
			return Target{}, fmt.Errorf("target %q: the weight must be a number from 1 to 1,000,000", text)
		}
		target.Weight, rest = weight, strings.TrimSpace(tail)
	}
	if method, tail, ok := strings.Cut(rest, " "); ok && !strings.Contains(method, "://") {
		if !isMethod(method) {
			return Target{}, fmt.Errorf("target %q: %q is no method: write GET URL, POST URL, …", text, method)
		}
		target.Method, rest = method, strings.TrimSpace(tail)
	}
	if err := target.parse(rest); err != nil {
		return Target{}, fmt.Errorf("target %q: %w", text, err)
	}
	return target, nil
}

func (t *Target) parse(address string) error {
	parts, err := parseParts(address)
	if err != nil {
		return err
	}
	t.parts = parts
	// Whatever is drawn, scheme and host must be the same: one example stands for all.
	example, err := url.Parse(t.URL(0, 0))
	if err != nil {
		return errors.New("it is no URL")
	}
	if (example.Scheme != "http" && example.Scheme != "https") || example.Host == "" {
		return errors.New("write a whole URL, such as http://localhost:8080/posts/")
	}
	if len(parts) > 0 && len(parts[0].text) < len(example.Scheme+"://"+example.Host) {
		return errors.New("only the path and the query may have values in braces")
	}
	path := strings.TrimPrefix(address, example.Scheme+"://"+example.Host)
	t.Name = t.Method + " " + path
	if path == "" {
		t.Name += "/"
	}
	return nil
}

func parseParts(address string) ([]part, error) {
	var parts []part
	inQuery := false
	for address != "" {
		text, rest, ok := strings.Cut(address, "{")
		if strings.Contains(text, "}") {
			return nil, errors.New("a } without a { before it")
		}
		inQuery = inQuery || strings.Contains(text, "?")
		if text != "" {
			parts = append(parts, part{text: text})
		}
		if !ok {
			break
		}
		inside, after, ok := strings.Cut(rest, "}")
		if !ok {
			return nil, errors.New("a { without a } after it")
		}
		drawn, err := parseValues(inside, inQuery)
		if err != nil {
			return nil, err
		}
		parts = append(parts, drawn)
		address = after
	}
	return parts, nil
}

// parseValues reads what stands between braces.
func parseValues(inside string, inQuery bool) (part, error) {
	if low, high, ok := strings.Cut(inside, ".."); ok && !strings.Contains(inside, ",") {
		first, err1 := strconv.ParseInt(low, 10, 64)
		last, err2 := strconv.ParseInt(high, 10, 64)
		if err1 != nil || err2 != nil || last < first || uint64(last-first) >= 1<<63 {
			return part{}, fmt.Errorf("{%s} is no range: write {1..100}", inside)
		}
		return part{low: first, count: uint64(last-first) + 1}, nil
	}
	escape := url.PathEscape
	if inQuery {
		escape = url.QueryEscape
	}
	var drawn part
	for value := range strings.SplitSeq(inside, ",") {
		if path, ok := strings.CutPrefix(value, "@"); ok {
			content, err := os.ReadFile(path)
			if err != nil {
				return part{}, fmt.Errorf("read values: %w", err)
			}
			for line := range strings.Lines(string(content)) {
				if line = strings.TrimRight(line, "\r\n"); line != "" {
					drawn.values = append(drawn.values, escape(line))
				}
			}
			continue
		}
		drawn.values = append(drawn.values, escape(value))
	}
	drawn.count = uint64(len(drawn.values))
	if drawn.count == 0 || inside == "" {
		return part{}, fmt.Errorf("{%s} has no value: write {1..100}, {a,b} or {@FILE}", inside)
	}
	return drawn, nil
}

// URL returns the address of request number n under a seed.
func (t *Target) URL(seed, n uint64) string {
	var address strings.Builder
	for slot, p := range t.parts {
		switch {
		case p.count == 0:
			address.WriteString(p.text)
		case p.values != nil:
			address.WriteString(p.values[below(p.count, draw(seed, n, uint64(slot)+1))])
		default:
			address.WriteString(strconv.FormatInt(p.low+int64(below(p.count, draw(seed, n, uint64(slot)+1))), 10))
		}
	}
	return address.String()
}

// draw returns 64 random bits that depend on nothing but its arguments (the finaliser of splitmix64, chained).
func draw(words ...uint64) uint64 {
	var z uint64
	for _, word := range words {
		z += word + 0x9e3779b97f4a7c15
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return z
}

// below maps random bits to a number under n, each about as likely (Lemire's multiplication).
func below(n, random uint64) uint64 {
	high, _ := bits.Mul64(n, random)
	return high
}

// choose returns the index of the target of request number n.
func choose(targets []Target, sum, seed, n uint64) int {
	at := below(sum, draw(seed, n, 0))
	for i, target := range targets {
		weight := uint64(max(target.Weight, 1))
		if at < weight {
			return i
		}
		at -= weight
	}
	return len(targets) - 1
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isMethod(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
