// Package corpus holds the words that readable values are made of: names, places, products, sentences. Most come from
// the data of gofakeit; they are cleaned and put into pools when they are first asked for, so that a program which needs
// none pays nothing. A pool never changes once it is made.
//
// Nothing in it points at a real person or host: domains are those that RFC 2606 keeps for examples, telephone numbers
// those that are kept for fiction, addresses of the network those of RFC 5737 and 3849.
package corpus

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/brianvoe/gofakeit/v6/data"
)

// Pool is a list of different words. They differ also without regard to case.
type Pool []string

// The pools, each made on first use.
var (
	FirstNames = sync.OnceValue(func() Pool { return names(data.Person["first"]) })
	LastNames  = sync.OnceValue(func() Pool { return names(data.Person["last"]) })
	// FirstSlugs and LastSlugs are the same names at the same places, in lower case with nothing but letters, as they
	// stand in addresses.
	FirstSlugs = sync.OnceValue(func() Pool { return clean(slug, FirstNames()) })
	LastSlugs  = sync.OnceValue(func() Pool { return clean(slug, LastNames()) })

	Nouns = sync.OnceValue(func() Pool {
		return clean(singleWord, data.Word["noun_countable"], data.Word["noun_concrete"], data.Word["noun_common"])
	})
	Things     = sync.OnceValue(func() Pool { return clean(singleWord, data.Word["noun_countable"], data.Word["noun_concrete"]) })
	Adjectives = sync.OnceValue(func() Pool { return clean(singleWord, data.Word["adjective_descriptive"]) })
	Adverbs    = sync.OnceValue(func() Pool { return clean(singleWord, data.Word["adverb_manner"]) })
	Verbs      = sync.OnceValue(func() Pool { return clean(singleWord, data.Word["verb_transitive"], data.Word["verb_action"]) })
	Abstracts  = sync.OnceValue(func() Pool {
		return clean(singleWord, data.Word["noun_abstract"], data.Word["noun_uncountable"])
	})
	// Words are nouns and adjectives of three to nine letters: tags, labels, parts of a slug.
	Words = sync.OnceValue(func() Pool { return clean(shortWord, Nouns(), Adjectives(), Abstracts()) })

	// TitleAdjectives and TitleNouns are the same with a capital letter, for names.
	TitleAdjectives = sync.OnceValue(func() Pool { return clean(title, Adjectives()) })
	TitleNouns      = sync.OnceValue(func() Pool { return clean(title, Things()) })

	Hobbies    = sync.OnceValue(func() Pool { return clean(same, data.Person["hobby"]) })
	Animals    = sync.OnceValue(func() Pool { return clean(same, data.Animal["animal"]) })
	PetNames   = sync.OnceValue(func() Pool { return clean(same, data.Animal["petname"]) })
	Colors     = sync.OnceValue(func() Pool { return clean(same, data.Colors["full"]) })
	Buzzwords  = sync.OnceValue(func() Pool { return clean(same, data.Company["buzzwords"]) })
	JobLevels  = sync.OnceValue(func() Pool { return clean(same, data.Job["level"]) })
	JobTitles  = sync.OnceValue(func() Pool { return clean(same, data.Job["title"]) })
	Categories = sync.OnceValue(func() Pool { return clean(title, data.Product["category"]) })
	Products   = sync.OnceValue(func() Pool { return clean(title, data.Product["name"]) })
	Materials  = sync.OnceValue(func() Pool { return clean(title, data.Product["material"]) })
	Features   = sync.OnceValue(func() Pool { return clean(title, data.Product["adjective"], data.Product["feature"]) })
	Streets    = sync.OnceValue(func() Pool { return clean(same, data.Address["street_name"]) })
	Genres     = sync.OnceValue(func() Pool { return clean(same, data.Books["genre"], data.Movies["genre"]) })
	Foods      = sync.OnceValue(func() Pool { return clean(title, data.Food["fruit"], data.Food["vegetable"]) })
	CarMakers  = sync.OnceValue(func() Pool { return clean(same, data.Car["maker"]) })
	CarModels  = sync.OnceValue(func() Pool { return clean(asciiOnly, data.Car["model"]) })
	Schools    = sync.OnceValue(func() Pool { return clean(same, data.School["name"]) })
	Errors     = sync.OnceValue(func() Pool {
		return clean(withoutBraces, data.Error["http_client"], data.Error["http_server"], data.Error["database"], data.Error["grpc"],
			data.Error["http"], data.Error["validation"], data.Error["runtime"])
	})
	Phrases = sync.OnceValue(func() Pool { return clean(same, data.Sentence["phrase"]) })
)

// clean joins lists into a pool: each word once, as keep gives it, left out where keep gives "". The order is that of the
// lists, so that the same lists always give the same pool.
func clean(keep func(string) string, lists ...[]string) Pool {
	var pool Pool
	seen := map[string]bool{}
	for _, list := range lists {
		for _, word := range list {
			word = keep(strings.TrimSpace(word))
			if lower := strings.ToLower(word); word != "" && !seen[lower] {
				seen[lower] = true
				pool = append(pool, word)
			}
		}
	}
	return pool
}

// names keeps one of the names that have the same letters: O'Conner and Oconner.
func names(list []string) Pool {
	seen := map[string]bool{}
	return clean(func(name string) string {
		if letters := slug(name); letters == "" || seen[letters] {
			return ""
		} else {
			seen[letters] = true
		}
		return asciiOnly(name)
	}, list)
}

func same(word string) string { return word }

func asciiOnly(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII }) {
		return ""
	}
	return word
}

func withoutBraces(word string) string {
	if strings.ContainsAny(word, "{}[") {
		return ""
	}
	return word
}

func slug(word string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, word)
}

func singleWord(word string) string {
	if slug(word) != word || len(word) < 3 || slices.Contains(unkind, word) {
		return ""
	}
	return word
}

func shortWord(word string) string {
	if len(word) > 9 {
		return ""
	}
	return singleWord(word)
}

// unkind are words of the lists that nobody wants to meet in a demonstration.
var unkind = []string{
	"apro", "murder", "kill", "die", "gun", "bomb", "corpse", "drug", "drugs", "rape", "shit", "slave", "terrorist",
	"cackle", "drunk", "idiot", "ugly", "horror", "dead", "weapon", "nazi", "blood", "poison", "grave", "suicide",
}

func title(words string) string {
	b := []byte(words)
	for i := range b {
		if (i == 0 || b[i-1] == ' ') && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}
