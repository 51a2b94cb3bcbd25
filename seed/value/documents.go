package value

import (
	"bytes"
	"strconv"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/corpus"
	"github.com/pgassay/pgassay/seed/value/wire"
)

// document makes json and jsonb: what the meaning says, or what the checks want.
func (b *builder) document(w wish) (*special, float64) {
	kind := w.meaning.JSON
	if kind == "" {
		switch {
		case w.preset == "[]":
			kind = "array"
		default:
			kind = "object"
		}
	}
	if kinds := w.set.Kinds; kinds != nil {
		plain := kind
		if kind == "settings" {
			plain = "object"
		}
		fits := false
		for _, allowed := range kinds {
			fits = fits || allowed == plain
		}
		if !fits {
			kind = kinds[0]
		}
	}
	jsonb := w.typ.Name == "jsonb"
	keys, taken := w.set.Keys, w.leaves
	write := map[string]writer{
		"object": func(dst []byte, index, _ uint64, s random.Source) []byte {
			return writeObject(dst, taken, keys, index, s)
		},
		"settings": func(dst []byte, index, _ uint64, s random.Source) []byte {
			return writeSettings(dst, taken, keys, index, s)
		},
		"array":  writeArray,
		"string": func(dst []byte, index, _ uint64, _ random.Source) []byte { return writeWord(dst, index) },
		"number": func(dst []byte, index, _ uint64, _ random.Source) []byte { return strconv.AppendUint(dst, index, 10) },
		"boolean": func(dst []byte, index, _ uint64, _ random.Source) []byte {
			return strconv.AppendBool(dst, index%2 == 0)
		},
		"null": func(dst []byte, _, _ uint64, _ random.Source) []byte { return append(dst, "null"...) },
	}[kind]
	if write == nil {
		return nil, 0
	}
	size, few := uint64(1)<<40, uint64(1000)
	switch kind {
	case "settings":
		few = 10
	case "boolean":
		size = 2
	case "null":
		size = 1
	}
	return &special{size: size, few: few, write: func(dst []byte, index, row uint64, s random.Source) []byte {
		if jsonb {
			dst = wire.JSONB(dst)
		}
		return write(dst, index, row, s)
	}}, 70
}

// writeWord writes a string in quotes that belongs to an index.
func writeWord(dst []byte, index uint64) []byte {
	words := corpus.Words()
	n := uint64(len(words))
	dst = append(append(dst, '"'), words[index%n]...)
	if index /= n; index > 0 {
		dst = strconv.AppendUint(append(dst, '-'), index, 10)
	}
	return append(dst, '"')
}

func writeObject(dst []byte, taken *branch, keys []string, index uint64, s random.Source) []byte {
	words := corpus.Words()
	tag, score, source := words[s.Intn(len(words))], s.Below(100), corpus.Platforms[s.Intn(len(corpus.Platforms))]
	// Keys in the order in which jsonb keeps them.
	dst = append(dst, '{')
	if !taken.has("tag") {
		dst = append(append(append(dst, `"tag": "`...), tag...), `", `...)
	}
	if !taken.has("score") {
		dst = append(strconv.AppendUint(append(dst, `"score": `...), score, 10), ", "...)
	}
	if !taken.has("source") {
		dst = append(append(append(dst, `"source": "`...), source...), `", `...)
	}
	if !taken.has("revision") {
		dst = append(strconv.AppendUint(append(dst, `"revision": `...), index, 10), ", "...)
	}
	return writeKeys(dst, keys, index)
}

func writeSettings(dst []byte, taken *branch, keys []string, index uint64, s random.Source) []byte {
	theme, language := [...]string{"light", "dark", "system"}[s.Intn(3)], corpus.Languages[s.Zipf(uint64(len(corpus.Languages)))]
	dst = append(dst, '{')
	if !taken.has("theme") {
		dst = append(append(append(dst, `"theme": "`...), theme...), `", `...)
	}
	if !taken.has("language") {
		dst = append(append(append(dst, `"language": "`...), language...), `", `...)
	}
	if !taken.has("page_size") {
		dst = append(strconv.AppendUint(append(dst, `"page_size": `...), 10+10*index, 10), ", "...)
	}
	if !taken.has("notifications") {
		dst = append(strconv.AppendBool(append(dst, `"notifications": `...), s.Chance(0.7)), ", "...)
	}
	return writeKeys(dst, keys, index)
}

// writeKeys ends an object, after the keys that the checks want.
func writeKeys(dst []byte, keys []string, index uint64) []byte {
	for _, key := range keys {
		dst = append(appendQuoted(dst, []byte(key)), ": "...)
		dst = append(writeWord(dst, index), ", "...)
	}
	return append(bytes.TrimSuffix(dst, []byte(", ")), '}')
}

func writeArray(dst []byte, index, _ uint64, s random.Source) []byte {
	words := corpus.Words()
	dst = writeWord(append(dst, '['), index)
	for range s.Intn(4) {
		dst = append(append(append(dst, `, "`...), words[s.Intn(len(words))]...), '"')
	}
	return append(dst, ']')
}
