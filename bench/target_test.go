package bench

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	names := filepath.Join(t.TempDir(), "names")
	if err := os.WriteFile(names, []byte("a b\n\nc\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, in, wantName string
		weight             int
		urls               []string // every one that may be drawn
	}{
		{"plain", "http://h/x", "GET /x", 1, []string{"http://h/x"}},
		{"no path", "http://h:80", "GET /", 1, []string{"http://h:80"}},
		{"weight", "12*http://h/x", "GET /x", 12, []string{"http://h/x"}},
		{"method", "2*POST https://h/x?y=*", "POST /x?y=*", 2, []string{"https://h/x?y=*"}},
		{"range", "http://h/{2..4}/x", "GET /{2..4}/x", 1, []string{"http://h/2/x", "http://h/3/x", "http://h/4/x"}},
		{"negative", "http://h/{-1..0}", "GET /{-1..0}", 1, []string{"http://h/-1", "http://h/0"}},
		{"list", "http://h/{a b,c/d}", "GET /{a b,c/d}", 1, []string{"http://h/a%20b", "http://h/c%2Fd"}},
		{"query", "http://h/?q={a b,é}", "GET /?q={a b,é}", 1, []string{"http://h/?q=a+b", "http://h/?q=%C3%A9"}},
		{"file", "http://h/?q={z,@" + names + "}", "GET /?q={z,@" + names + "}", 1, []string{"http://h/?q=z", "http://h/?q=a+b", "http://h/?q=c"}},
		{"two", "http://h/{1..2}/{a,b}", "GET /{1..2}/{a,b}", 1, []string{"http://h/1/a", "http://h/2/a", "http://h/1/b", "http://h/2/b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseTarget(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != test.wantName || got.Weight != test.weight {
				t.Errorf("name %q weight %d, want %q and %d", got.Name, got.Weight, test.wantName, test.weight)
			}
			left := map[string]bool{}
			for _, u := range test.urls {
				left[u] = true
			}
			for n := range uint64(200) {
				drawn := got.URL(1, n)
				if _, known := left[drawn]; !known {
					t.Fatalf("request %d goes to %s", n, drawn)
				}
				if again := got.URL(1, n); again != drawn {
					t.Fatalf("request %d goes to %s and then to %s", n, drawn, again)
				}
				left[drawn] = false
			}
			for u, unseen := range left {
				if unseen {
					t.Errorf("%s is never drawn", u)
				}
			}
		})
	}
}

func TestParseTargetRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                     `target "": write a whole URL, such as http://localhost:8080/posts/`,
		"localhost:80/x":       `target "localhost:80/x": write a whole URL, such as http://localhost:8080/posts/`,
		"ftp://h/x":            `target "ftp://h/x": write a whole URL, such as http://localhost:8080/posts/`,
		"0*http://h/x":         `target "0*http://h/x": the weight must be a number from 1 to 1,000,000`,
		"get http://h/x":       `target "get http://h/x": "get" is no method: write GET URL, POST URL, …`,
		"http://h/{1..":        `target "http://h/{1..": a { without a } after it`,
		"http://h/1}":          `target "http://h/1}": a } without a { before it`,
		"http://h/{}":          `target "http://h/{}": {} has no value: write {1..100}, {a,b} or {@FILE}`,
		"http://h/{4..3}":      `target "http://h/{4..3}": {4..3} is no range: write {1..100}`,
		"http://h/{a..b}":      `target "http://h/{a..b}": {a..b} is no range: write {1..100}`,
		"http://{a,b}/x":       `target "http://{a,b}/x": only the path and the query may have values in braces`,
		"http://h/{@/nowhere}": `target "http://h/{@/nowhere}": read values: open /nowhere: no such file or directory`,
	} {
		_, err := ParseTarget(in)
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}

func TestChooseFollowsWeights(t *testing.T) {
	t.Parallel()
	targets := []Target{{Weight: 1}, {Weight: 3}, {}}
	counts := make([]int, len(targets))
	for n := range uint64(50_000) {
		counts[choose(targets, 5, 7, n)]++
	}
	for i, want := range []int{10_000, 30_000, 10_000} {
		if counts[i] < want*95/100 || counts[i] > want*105/100 {
			t.Errorf("target %d was chosen %d times of 50,000, want about %d", i, counts[i], want)
		}
	}
}

// FuzzParseTarget: whatever is accepted gives the same kind of URL for every draw, on the host that was named.
func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{"http://h/x", "3*POST http://h/{1..5}?a={b,c}", "http://h/{a..b}", "http://{x}/", "http://h/}{", "http://u:p@h/{1..9223372036854775807}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "@") {
			t.Skip("would read files")
		}
		target, err := ParseTarget(text)
		if err != nil {
			return
		}
		first, err := url.Parse(target.URL(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		for n := range uint64(10) {
			other, err := url.Parse(target.URL(1, n))
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if other.Host != first.Host || other.Scheme != first.Scheme {
				t.Fatalf("%q goes to %s and to %s", text, first, other)
			}
		}
	})
}
