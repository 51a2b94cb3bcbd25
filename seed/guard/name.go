package guard

import (
	"slices"
	"strings"
	"unicode"
)

// production has the words that people call a live system by, as words of their own.
var production = []string{
	"prod", "prods", "prd", "production", "live", "productive", // English, and what every language borrows
	"produktion", "produktiv", "produccion", "producción", "producao", "produção", "produzione",
}

// denials are words which, before one of the above, say that it is not the live system: non-prod, pre_prod.
var denials = []string{"non", "not", "no", "pre", "un"}

// productionWord gives the word in a name that says production, or "". Names are parted into words at punctuation, digits
// and changes from small to capital letters; "prod" may also be glued to another word (shopprod, proddb), which
// "product" and its kin are not.
func productionWord(name string) string {
	words := split(name)
	for i, w := range words {
		if i > 0 && slices.Contains(denials, words[i-1]) {
			continue
		}
		if slices.Contains(production, w) || glued(w) {
			return w
		}
	}
	return ""
}

// glued tells whether a word has production in it, with nothing between it and the rest.
func glued(w string) bool {
	for _, p := range []string{"production", "prod"} {
		if rest, ok := strings.CutSuffix(w, p); ok && !slices.Contains(denials, rest) && rest != "re" {
			return true
		}
		if rest, ok := strings.CutPrefix(w, p); ok && slices.Contains([]string{"db", "database", "pg", "postgres", "sql", "eu", "us", "main", "app"}, rest) {
			return true
		}
	}
	return false
}

// split parts a name into words in lower case.
func split(name string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	small := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			end()
		case unicode.IsUpper(r) && small:
			end()
			word.WriteRune(r)
		default:
			word.WriteRune(r)
		}
		small = unicode.IsLower(r)
	}
	end()
	return words
}
