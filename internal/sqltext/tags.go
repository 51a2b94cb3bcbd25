package sqltext

import (
	"net/url"
	"strings"
)

// Tags returns what comments of sql say about where it comes from: the key='value' pairs of sqlcommenter (percent-decoded,
// traceparent among them) and the key:value pairs of Marginalia and its like. It returns nil if there are none.
func Tags(sql string) map[string]string {
	if !strings.Contains(sql, "/*") {
		return nil
	}
	var tags map[string]string
	lexer := Lexer{Source: sql, Comments: true}
	for t := lexer.Next(); t.Kind != EOF; t = lexer.Next() {
		text := lexer.Text(t)
		if t.Kind != Comment || !strings.HasPrefix(text, "/*") || strings.HasPrefix(text, "/*+") {
			continue
		}
		body := strings.TrimSpace(strings.TrimSuffix(text[2:], "*/"))
		pairs := quotedTags(body)
		if pairs == nil {
			pairs = colonTags(body)
		}
		for key, value := range pairs {
			if tags == nil {
				tags = map[string]string{}
			}
			tags[key] = value
		}
	}
	return tags
}

// quotedTags reads key='value',key='value'; nil if body is anything else.
func quotedTags(body string) map[string]string {
	tags := map[string]string{}
	for rest := body; rest != ""; {
		key, after, ok := strings.Cut(rest, "='")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.ContainsAny(key, "' \t\n,;*") {
			return nil
		}
		// A quote inside a value comes escaped by a backslash.
		end := 0
		for end < len(after) && after[end] != '\'' {
			if after[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(after) {
			return nil
		}
		tags[decode(key)] = decode(strings.ReplaceAll(after[:end], `\'`, `'`))
		rest = strings.TrimSpace(after[end+1:])
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return nil
		}
		rest = strings.TrimSpace(rest[1:])
	}
	if len(tags) == 0 {
		return nil
	}
	return tags
}

// colonTags reads key:value,key:value; nil if body is anything else, such as prose.
func colonTags(body string) map[string]string {
	tags := map[string]string{}
	for pair := range strings.SplitSeq(body, ",") {
		key, value, ok := strings.Cut(pair, ":")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.IndexFunc(key, notKeyRune) >= 0 || strings.HasPrefix(value, " ") {
			return nil
		}
		tags[key] = strings.TrimSpace(value)
	}
	return tags
}

func notKeyRune(r rune) bool {
	return r != '_' && r != '-' && r != '.' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

func decode(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
