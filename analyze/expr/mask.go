package expr

import "strings"

// Mask replaces the strings and numbers in SQL text by ?, so that it can be shown to anyone. A number in a type's
// modifier, such as numeric(10,2), and one in a name or after a $ stay.
func Mask(text string) string {
	var out strings.Builder
	at := 0
	tokens := Scan(text)
	for i, t := range tokens {
		if t.Kind != String && t.Kind != Number && t.Kind != Invalid || t.Kind == Number && inModifier(tokens, i) {
			continue
		}
		out.WriteString(text[at:t.Start])
		if t.Kind == String {
			out.WriteString("'?'")
		} else {
			out.WriteByte('?')
		}
		at = t.End
	}
	out.WriteString(text[at:])
	return out.String()
}

// inModifier tells whether the number at i stands in the brackets behind a cast's type, or behind SubPlan or InitPlan.
func inModifier(tokens []Token, i int) bool {
	if i > 0 && (tokens[i-1].Is("subplan") || tokens[i-1].Is("initplan")) {
		return true
	}
	j := i - 1
	for j >= 0 && (tokens[j].Kind == Number || tokens[j].Is(",")) {
		j--
	}
	if j < 1 || !tokens[j].Is("(") {
		return false
	}
	for j--; j >= 0 && (tokens[j].Kind == Ident || tokens[j].Kind == Quoted || tokens[j].Is(".")); j-- {
	}
	return j >= 0 && tokens[j].Is("::")
}
