package corpus

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pgassay/pgassay/seed/random"
)

func TestPools(t *testing.T) {
	t.Parallel()
	pools := map[string]Pool{
		"first": FirstNames(), "last": LastNames(), "first slugs": FirstSlugs(), "last slugs": LastSlugs(), "nouns": Nouns(), "adjectives": Adjectives(),
		"adverbs": Adverbs(), "verbs": Verbs(), "abstracts": Abstracts(), "words": Words(), "things": Things(), "domains": Domains, "hosts": Hosts,
		"categories": Categories(), "products": Products(), "materials": Materials(), "features": Features(), "errors": Errors(), "job titles": JobTitles(),
		"colors": Colors(), "foods": Foods(), "streets": Streets(), "mime types": MIMETypes, "currencies": Currencies,
	}
	for name, pool := range pools {
		if len(pool) < 6 {
			t.Errorf("%s has %d words", name, len(pool))
		}
		seen := map[string]bool{}
		for _, word := range pool {
			if lower := strings.ToLower(word); seen[lower] || word == "" || strings.TrimSpace(word) != word || !utf8.ValidString(word) {
				t.Errorf("%s: %q is there twice, or has blanks around it", name, word)
			} else {
				seen[lower] = true
			}
			if strings.ContainsAny(word, "{}") {
				t.Errorf("%s: %q has a place holder in it", name, word)
			}
		}
	}
	if len(FirstNames()) != len(FirstSlugs()) || len(LastNames()) != len(LastSlugs()) {
		t.Error("names and their slugs do not pair up")
	}
	for i, name := range FirstNames() {
		if !strings.HasPrefix(FirstSlugs()[i], strings.ToLower(name[:1])) {
			t.Fatalf("%s pairs up with %s", name, FirstSlugs()[i])
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, sentence := range Sentences() {
		if len(sentence) < 12 || len(sentence) > slot || !strings.ContainsAny(sentence[len(sentence)-1:], ".!?") || strings.Contains(sentence, "%") ||
			strings.Contains(sentence, "  ") || strings.ToUpper(sentence[:1]) != sentence[:1] {
			t.Errorf("%q", sentence)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 5, 20, 60, 300, 20_000} {
		total := 0
		for i := range uint64(500) {
			s := random.NewSource(i)
			length := min(limit, 1+s.Intn(2*limit))
			text := Text(nil, s, length, limit)
			if len(text) > limit || len(text) == 0 || strings.TrimSpace(string(text)) != string(text) {
				t.Fatalf("limit %d, length %d: %q", limit, length, text)
			}
			total += len(text) - length
		}
		if limit >= 300 && (total/500 > 40 || total/500 < -40) {
			t.Errorf("limit %d: texts are %d bytes longer than asked for on average", limit, total/500)
		}
	}
}

// TestTextWithinDst: what is before dst's end stays, whatever room there is behind it.
func TestTextWithinDst(t *testing.T) {
	t.Parallel()
	want := string(Text(nil, random.NewSource(3), 300, 400))
	for room := range 600 {
		dst := append(make([]byte, 0, 6+room), "before"...)
		if got := string(Text(dst, random.NewSource(3), 300, 400)); got != "before"+want {
			t.Fatalf("with room for %d bytes: %q, want %q after before", room, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	currencies := map[string]string{}
	for _, p := range Places {
		if len(p.Code) != 2 || len(p.Code3) != 3 || p.Latitude < -90 || p.Latitude > 90 || p.Longitude < -180 || p.Longitude > 180 || p.Zip == "" || p.Currency == "" || p.Timezone == "" {
			t.Errorf("%+v", p)
		}
		if known := currencies[p.Code]; known != "" && known != p.Currency {
			t.Errorf("%s has two currencies", p.Country)
		}
		currencies[p.Code] = p.Currency
	}
}

func ExampleText() {
	fmt.Println(string(Text(nil, random.NewSource(7), 60, 100)))
	// Output: They repeatedly kiss the earrings, and nobody noticed the hair.
}

func BenchmarkText(b *testing.B) {
	Sentences()
	b.ReportAllocs()
	b.SetBytes(1024)
	var dst []byte
	for i := uint64(0); b.Loop(); i++ {
		dst = Text(dst[:0], random.NewSource(i), 1024, 2000)
	}
}
