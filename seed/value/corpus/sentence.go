package corpus

import (
	"slices"
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

// slot is how much room each sentence has where Text copies it from: a copy whose size is always the same takes no branch that
// the processor would guess wrong.
const slot = 96

// slots are the sentences once more, side by side, with their lengths apart. What is behind a sentence in its slot is zero.
type slots struct {
	lengths [sentences]uint8
	texts   [sentences][slot]byte
}

var slotted = sync.OnceValue(func() *slots {
	all := &slots{}
	for i, sentence := range Sentences() {
		all.lengths[i] = uint8(copy(all.texts[i][:], sentence))
	}
	return all
})

// Text appends readable text of about length bytes, and never more than limit: whole sentences, with a paragraph break
// now and then in long ones. What is behind the end of what it returns may be written over, too.
func Text(dst []byte, s random.Source, length, limit int) []byte {
	all := slotted()
	i, wanted := s.Below(sentences), min(length, limit)
	if n := int(all.lengths[i]); n > limit || n > 2*length {
		return append(dst, cut(string(all.texts[i][:n]), min(limit, max(length, 1)))...)
	}
	start := len(dst)
	dst = slices.Grow(dst, wanted+2*slot) // room for the last sentence, too, which may begin anywhere before what is wanted
	out := dst[start:cap(dst)]
	*(*[slot]byte)(out) = all.texts[i]
	end := int(all.lengths[i])
	for {
		i = s.Below(sentences)
		n := int(all.lengths[i])
		if wanted-end < n/2 || end+1+n > limit {
			return dst[:start+end]
		}
		separator, width := byte(' '), 1
		if length > 600 && s.Below(6) == 0 && end+2+n <= limit {
			separator, width = '\n', 2
		}
		out[end], out[end+1] = separator, separator
		end += width
		*(*[slot]byte)(out[end:]) = all.texts[i]
		end += n
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
