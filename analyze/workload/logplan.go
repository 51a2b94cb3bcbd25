package workload

import (
	"bytes"
)

// readPlan reads what auto_explain wrote behind "plan:", in any of its formats: the plan, the query's text, and its
// parameters as "$1 = 'x', …" (PostgreSQL 16 and later).
func readPlan(text []byte) (plan LoggedPlan, sql, parameters []byte) {
	switch {
	case len(text) == 0:
		return plan, nil, nil
	case text[0] == '{':
		return jsonPlan(text)
	case text[0] == '<':
		return xmlPlan(text)
	case bytes.HasPrefix(text, []byte(`Query Text: "`)) && yamlPlan(text):
		return yaml(text)
	}
	return textPlan(text)
}

// textPlan: "Query Text: select …" over as many lines as it has, "Query Parameters: …" in one, then the nodes. The first
// node is the line with "(cost=" or, without costs, the first that no longer can be the query's.
func textPlan(text []byte) (plan LoggedPlan, sql, parameters []byte) {
	rest, ok := bytes.CutPrefix(text, []byte("Query Text: "))
	if !ok {
		return plan, nil, nil
	}
	end := -1
	for i := 0; i < len(rest); {
		next := bytes.IndexByte(rest[i:], '\n')
		line := rest[i:]
		if next >= 0 {
			line = rest[i : i+next]
		}
		if i > 0 && (bytes.HasPrefix(line, []byte("Query Parameters: ")) || bytes.Contains(line, []byte("  (cost=")) || bytes.Contains(line, []byte("  (actual "))) {
			end = i
			break
		}
		if next < 0 {
			break
		}
		i += next + 1
	}
	if end < 0 {
		return plan, nil, nil
	}
	sql, rest = bytes.TrimRight(rest[:end], "\n"), rest[end:]
	if after, ok := bytes.CutPrefix(rest, []byte("Query Parameters: ")); ok {
		_, rest = cutParameters(after)
		parameters = after[:len(after)-len(rest)]
		rest = bytes.TrimLeft(rest, "\n")
	}
	return LoggedPlan{Format: "text", Text: viewString(rest), Analyzed: bytes.Contains(rest, []byte("(actual "))}, sql, parameters
}

func jsonPlan(text []byte) (plan LoggedPlan, sql, parameters []byte) {
	object := newJSONObject(text)
	for key, value, ok := object.next(); ok; key, value, ok = object.next() {
		switch string(key) {
		case "Query Text":
			sql = value.appendText(nil)
		case "Query Parameters":
			parameters = value.appendText(nil)
		}
	}
	if object.bad {
		return plan, nil, nil
	}
	return LoggedPlan{Format: "json", Text: viewString(text), Analyzed: bytes.Contains(text, []byte(`"Actual Rows"`))}, sql, parameters
}

func xmlPlan(text []byte) (plan LoggedPlan, sql, parameters []byte) {
	sql, parameters = xmlElement(text, "Query-Text"), xmlElement(text, "Query-Parameters")
	return LoggedPlan{Format: "xml", Text: viewString(text), Analyzed: bytes.Contains(text, []byte("<Actual-Rows>"))}, sql, parameters
}

func xmlElement(text []byte, name string) []byte {
	_, after, ok := bytes.Cut(text, []byte("<"+name+">"))
	if !ok {
		return nil
	}
	value, _, ok := bytes.Cut(after, []byte("</"+name+">"))
	if !ok {
		return nil
	}
	for _, e := range [][2]string{{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", `"`}, {"&apos;", "'"}, {"&#x0d;", "\r"}, {"&amp;", "&"}} {
		value = bytes.ReplaceAll(value, []byte(e[0]), []byte(e[1]))
	}
	return value
}

// yamlPlan tells YAML from a text plan of a query that starts with a quote: the query's text is one quoted scalar, and
// "Plan:" is a key.
func yamlPlan(text []byte) bool { return bytes.Contains(text, []byte("\nPlan:")) }

func yaml(text []byte) (plan LoggedPlan, sql, parameters []byte) {
	return LoggedPlan{Format: "yaml", Text: viewString(text), Analyzed: bytes.Contains(text, []byte("Actual Rows:"))},
		yamlScalar(text, "Query Text: "), yamlScalar(text, "Query Parameters: ")
}

// yamlScalar reads a double-quoted scalar; PostgreSQL escapes it as JSON.
func yamlScalar(text []byte, key string) []byte {
	i := bytes.Index(text, []byte(key+`"`))
	if i < 0 || i > 0 && text[i-1] != '\n' {
		return nil
	}
	object := jsonObject{line: text, pos: i + len(key)}
	value, ok := object.string()
	if !ok {
		return nil
	}
	return value.appendText(nil)
}
