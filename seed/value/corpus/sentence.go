package corpus

import (
	"strings"
	"sync"

	"github.com/pgassay/pgassay/seed/random"
)

// patterns of sentences. A lower-case letter stands for a word: n a thing, a an adjective, d an adverb, v a verb, b an
// abstract noun.
var patterns = []string{
	"The %a %n can %v every %n.",
	"We should %v the %n before the %a %n does.",
	"They %d %v the %n, and nobody noticed the %n.",
	"Please %v the %n next to the %a %n.",
	"It is %a to %v a %n without %b.",
	"A %n and a %n rarely %v each other.",
	"Nobody wants to %v the %a %n again.",
	"When will the %n %v our %a %n?",
	"Did you %d %v the %n?",
	"%B is what makes a %n %a.",
	"The %n is %a, the %n is %a, and the %n is neither.",
	"Some %b would help to %v that %n.",
	"After the %n came a %a %n.",
	"I could %v a %n for the sake of %b!",
	"Whoever can %v a %n may also %v a %n.",
	"This %n looks %a; that one looks %a.",
	"Without %b, the %a %n would never %v anything.",
	"Let us %d %v what is left of the %n.",
}

const sentences = 2048

// Sentences are readable, harmless sentences of 20 to 90 ASCII characters.
var Sentences = sync.OnceValue(func() Pool {
	stream := random.NewStream(1, "corpus", "sentences")
	pool := make(Pool, sentences)
	var out strings.Builder
	for i := range pool {
		s := stream.At(uint64(i))
		pool[i] = sentence(&out, &s)
	}
	return pool
})

func sentence(out *strings.Builder, s *random.Source) string {
	out.Reset()
	pattern := patterns[s.Intn(len(patterns))]
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			out.WriteByte(pattern[i])
			continue
		}
		i++
		var pool Pool
		switch pattern[i] {
		case 'n':
			pool = Things()
		case 'a':
			pool = Adjectives()
		case 'd':
			pool = Adverbs()
		case 'v':
			pool = Verbs()
		case 'b', 'B':
			pool = Abstracts()
		}
		word := pool[s.Intn(len(pool))]
		text := out.String()
		switch {
		case pattern[i] == 'B':
			word = title(word)
		case strings.HasSuffix(text, " a ") && strings.ContainsRune("aeiou", rune(word[0])):
			out.Reset()
			out.WriteString(text[:len(text)-1] + "n ")
		case text == "A " && strings.ContainsRune("aeiou", rune(word[0])):
			out.Reset()
			out.WriteString("An ")
		}
		out.WriteString(word)
	}
	return out.String()
}

// Text appends readable text of about length bytes, and never more than limit: whole sentences, with a paragraph break
// now and then in long ones. It takes about a quarter of a microsecond per kilobyte.
func Text(dst []byte, s random.Source, length, limit int) []byte {
	pool := Sentences()
	start := len(dst)
	for {
		left := min(length, limit) - (len(dst) - start)
		next := pool[s.Intn(len(pool))]
		if len(dst) > start {
			if left < len(next)/2 || len(dst)-start+1+len(next) > limit {
				return dst
			}
			if separator := byte(' '); length > 600 && s.Intn(6) == 0 && len(dst)-start+2+len(next) <= limit {
				dst = append(dst, '\n', '\n')
			} else {
				dst = append(dst, separator)
			}
		} else if len(next) > limit || len(next) > 2*length {
			return append(dst, cut(next, min(limit, max(length, 1)))...)
		}
		dst = append(dst, next...)
	}
}

// cut shortens ASCII text to at most n bytes, at the end of a word where there is one.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	if i := strings.LastIndexByte(text[:n+1], ' '); i > 0 {
		return strings.TrimRight(text[:i], " ,;")
	}
	return text[:n]
}
