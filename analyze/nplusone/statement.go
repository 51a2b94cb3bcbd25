package nplusone

import (
	"slices"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/sqltext"
)

// statement is what the detector reads from a normalised text. It knows tokens and clauses, not grammar: what it is not
// sure of it takes for the harmless case.
type statement struct {
	fingerprint string
	text        string
	tokens      []token
	verb        string   // select, insert, update, delete, begin, set, … lower case; WITH counts as what follows it
	tables      []string // as written, in order of appearance, without CTEs
	aliases     map[string]string
	params      []param // one for each $n
	write       bool    // changes data, or may: INSERT, UPDATE, DELETE, MERGE, COPY FROM, SELECT … FOR UPDATE does not
	locking     bool    // SELECT … FOR UPDATE and its like
	skipped     bool    // introspection, transaction control, settings: no part of any loop
	barrier     bool    // after it the same text may mean something else: SET search_path, SET ROLE, writes
	volatile    bool    // calls what gives another answer each time: nextval, random, clock_timestamp

	sessions map[string]time.Time // when the last connections that ran it did, of sources that know no requests
}

// token is a token of the text.
type token struct {
	sqltext.Token
	text  string
	lower string // in lower case, for words
	depth int    // open parentheses around it
}

// param is what a placeholder is there for.
type param struct {
	use    use
	column string // that it is compared with or written to: as written, possibly qualified
	token  int    // index of its token
}

type use uint8

const (
	otherUse   use = iota
	equality       // column = $1
	inList         // column IN ($1), = ANY ($1)
	comparison     // <, >=, LIKE, BETWEEN, @>, …
	paging         // LIMIT, OFFSET, FETCH
	written        // a value of INSERT, or of UPDATE's SET
	call           // an argument of a function
)

// newStatement reads a normalised text.
func newStatement(fingerprint, text string) *statement {
	s := &statement{fingerprint: fingerprint, text: text}
	s.tokenize()
	s.readVerb()
	s.readTables()
	s.readParams()
	s.classify()
	return s
}

func (s *statement) tokenize() {
	lexer := sqltext.Lexer{Source: s.text}
	depth := 0
	for t := lexer.Next(); t.Kind != sqltext.EOF; t = lexer.Next() {
		text := lexer.Text(t)
		if text == ")" || text == "]" {
			depth = max(0, depth-1)
		}
		tok := token{Token: t, text: text, depth: depth}
		if t.Kind == sqltext.Word {
			tok.lower = strings.ToLower(text)
		}
		s.tokens = append(s.tokens, tok)
		if text == "(" || text == "[" {
			depth++
		}
	}
}

// readVerb finds the main verb: the first word, or with CTEs the first verb outside of parentheses.
func (s *statement) readVerb() {
	for i, t := range s.tokens {
		if t.Kind != sqltext.Word {
			continue
		}
		if i == 0 || s.verb == "" {
			s.verb = t.lower
			if t.lower != "with" && t.lower != "explain" {
				return
			}
			continue
		}
		switch t.lower {
		case "select", "insert", "update", "delete", "merge", "values":
			if t.depth == 0 {
				s.verb = t.lower
				return
			}
		}
	}
}

// readTables collects the names after FROM, JOIN, INTO and UPDATE.
func (s *statement) readTables() {
	var ctes []string
	for i := 0; i+2 < len(s.tokens); i++ { // name AS (, and name AS MATERIALIZED (
		if s.tokens[0].lower != "with" {
			break
		}
		if s.is(i+1, "as") && isName(s.tokens[i]) && (s.tokens[i+2].text == "(" || s.is(i+2, "materialized") || s.is(i+2, "not")) {
			ctes = append(ctes, s.tokens[i].text)
		}
	}
	for i, t := range s.tokens {
		if t.Kind != sqltext.Word {
			continue
		}
		switch t.lower {
		case "from", "join", "into", "update", "using":
			if t.lower == "from" && i > 0 && (s.is(i-1, "distinct") || s.inExtract(i)) || t.lower == "update" && i > 0 && (s.is(i-1, "for") || s.is(i-1, "key") || s.is(i-1, "do") || s.is(i-1, "no")) {
				continue
			}
			for j := i + 1; j < len(s.tokens); {
				for s.is(j, "only") || s.is(j, "lateral") {
					j++
				}
				name, next := s.name(j)
				if name == "" {
					break
				}
				if !(next < len(s.tokens) && s.tokens[next].text == "(" && t.lower != "into") && !slices.Contains(ctes, name) && !slices.Contains(s.tables, name) {
					s.tables = append(s.tables, name)
				}
				s.alias(name, next)
				if t.lower != "from" {
					break
				}
				if j = s.afterItem(next, t.depth); j < 0 { // FROM a, b
					break
				}
			}
		case "copy":
			if name, _ := s.name(i + 1); i == 0 && name != "" {
				s.tables = append(s.tables, name)
			}
		}
	}
}

// alias notes the name that a table goes by.
func (s *statement) alias(table string, i int) {
	if s.aliases == nil {
		s.aliases = map[string]string{}
	}
	s.aliases[unqualified(table)] = table
	if s.is(i, "as") {
		i++
	}
	if i < len(s.tokens) && isName(s.tokens[i]) {
		s.aliases[s.tokens[i].text] = table
	}
}

// inExtract tells whether a FROM is that of extract(… FROM …), substring, trim or overlay.
func (s *statement) inExtract(i int) bool {
	depth := s.tokens[i].depth
	for j := i - 1; j >= 0; j-- {
		if s.tokens[j].depth == depth && (s.is(j, "select") || s.is(j, "delete")) {
			return false
		}
		if s.tokens[j].text == "(" && s.tokens[j].depth == depth-1 {
			return j > 0 && (s.is(j-1, "extract") || s.is(j-1, "substring") || s.is(j-1, "trim") || s.is(j-1, "overlay"))
		}
	}
	return false
}

// afterItem returns the token after the comma that ends an item of a FROM list, or -1.
func (s *statement) afterItem(i, depth int) int {
	for ; i < len(s.tokens); i++ {
		t := s.tokens[i]
		if t.depth < depth {
			return -1
		}
		if t.depth > depth {
			continue
		}
		if t.text == "," {
			return i + 1
		}
		if t.Kind == sqltext.Word && !s.is(i, "as") && sqltext.IsKeyword(t.text) {
			return -1
		}
	}
	return -1
}

// name reads a possibly qualified name that starts at token i.
func (s *statement) name(i int) (string, int) {
	if i >= len(s.tokens) || !isName(s.tokens[i]) {
		return "", i
	}
	var name strings.Builder
	name.WriteString(s.tokens[i].text)
	i++
	for i+1 < len(s.tokens) && s.tokens[i].text == "." && (isName(s.tokens[i+1]) || s.tokens[i+1].Kind == sqltext.Word) {
		name.WriteString("." + s.tokens[i+1].text)
		i += 2
	}
	return name.String(), i
}

// isName tells whether a token is a name: in normalised text key words that stand for themselves are capitals.
func isName(t token) bool {
	return t.Kind == sqltext.Ident || t.Kind == sqltext.Word && t.text == t.lower && !sqltext.IsKeyword(t.text)
}

// is tells whether token i is the word, which is given in lower case.
func (s *statement) is(i int, word string) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].lower == word
}

func (s *statement) textAt(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return s.tokens[i].text
}

func (s *statement) readParams() {
	for i, t := range s.tokens {
		if t.Kind == sqltext.Param {
			p := s.use(i)
			p.token = i
			s.params = append(s.params, p)
		}
	}
}

// use finds out what the placeholder at token i is there for.
func (s *statement) use(i int) param {
	before := i - 1
	after := i + 1
	for s.textAt(after) == "::" { // a cast
		_, after = s.typeName(after + 1)
	}
	switch prev := s.textAt(before); {
	case s.is(before, "limit"), s.is(before, "offset"), s.is(before, "first"), s.is(before, "next"):
		return param{use: paging}
	case prev == "=":
		if s.verb == "update" && s.inSet(before) {
			return param{use: written, column: s.columnBefore(before)}
		}
		return param{use: equality, column: s.columnBefore(before)}
	case s.textAt(after) == "=" && !s.operandOf(before):
		return param{use: equality, column: s.columnAfter(after + 1)}
	case prev == "(":
		return s.useInParentheses(i, before)
	case prev == ",":
		if open := s.opening(i); open >= 0 {
			return s.useInParentheses(i, open)
		}
	case s.operandOf(before):
		return param{use: comparison, column: s.columnBefore(before)}
	}
	return param{}
}

// operandOf tells whether what follows token i is the right operand of a comparison.
func (s *statement) operandOf(i int) bool {
	if i < 0 {
		return false
	}
	t := s.tokens[i]
	return t.Kind == sqltext.Operator || s.is(i, "like") || s.is(i, "ilike") || s.is(i, "between") || s.is(i, "to") && s.is(i-1, "similar") ||
		s.is(i, "and") && s.between(i)
}

// between tells whether the AND at token i is that of BETWEEN.
func (s *statement) between(i int) bool {
	for j := i - 1; j >= max(0, i-6); j-- {
		if s.is(j, "between") {
			return true
		}
		if s.is(j, "and") || s.is(j, "or") || s.is(j, "where") {
			return false
		}
	}
	return false
}

// useInParentheses is for a placeholder behind an opening parenthesis or, in a list, behind a comma.
func (s *statement) useInParentheses(i, open int) param {
	switch {
	case s.is(open-1, "in"):
		return param{use: inList, column: s.columnBefore(open - 1)}
	case s.is(open-1, "any") || s.is(open-1, "some"):
		if s.textAt(open-2) == "=" {
			return param{use: inList, column: s.columnBefore(open - 2)}
		}
		return param{use: comparison}
	case s.is(open-1, "values"):
		return param{use: written, column: s.pairedColumn(i, open)}
	case s.textAt(open-1) == "=": // (a, b) = ($1, $2)
		return param{use: equality, column: s.pairedColumn(i, open)}
	case open > 0 && s.tokens[open-1].Kind == sqltext.Operator:
		return param{use: comparison}
	case open > 0 && isName(s.tokens[open-1]), s.is(open-1, "coalesce"), s.is(open-1, "lower"):
		return param{use: call, column: s.textAt(open - 1)}
	case s.textAt(open-1) == "(" && s.is(open-2, "in"): // (a, b) IN (($1, $2))
		return param{use: inList}
	}
	return param{}
}

// opening returns the parenthesis that token i stands in, or -1.
func (s *statement) opening(i int) int {
	depth := s.tokens[i].depth
	for j := i - 1; j >= 0; j-- {
		if s.tokens[j].depth == depth-1 && (s.tokens[j].text == "(" || s.tokens[j].text == "[") {
			return j
		}
	}
	return -1
}

// position returns how many commas at its own depth stand before token i in the parentheses that open there.
func (s *statement) position(i, open int) int {
	n := 0
	for j := open + 1; j < i; j++ {
		if s.tokens[j].text == "," && s.tokens[j].depth == s.tokens[open].depth+1 {
			n++
		}
	}
	return n
}

// pairedColumn returns the column of a list that token i pairs with, whose own list opens at open: the one that a value of
// INSERT INTO t (a, b) VALUES (…) goes to, or that is compared in (a, b) = (…).
func (s *statement) pairedColumn(i, open int) string {
	end := open - 2 // the list's closing parenthesis, if there is a list
	if s.textAt(end) != ")" {
		return ""
	}
	start := end - 1
	for start >= 0 && s.tokens[start].text != "(" {
		start--
	}
	return s.listed(start, s.position(i, open))
}

// listed returns the n-th name of the list that opens at token i.
func (s *statement) listed(i, n int) string {
	if i < 0 {
		return ""
	}
	for j := i + 1; j < len(s.tokens) && s.tokens[j].depth > s.tokens[i].depth; j++ {
		if s.tokens[j].text == "," && s.tokens[j].depth == s.tokens[i].depth+1 {
			n--
			continue
		}
		if n == 0 {
			name, _ := s.name(j)
			return name
		}
	}
	return ""
}

// columnBefore returns the column whose last token is the one before token i, or "".
func (s *statement) columnBefore(i int) string {
	j := i - 1
	if s.is(j, "not") { // NOT IN, NOT LIKE
		j--
	}
	if j < 0 || !isColumnWord(s.tokens[j]) {
		return ""
	}
	for j >= 2 && s.tokens[j-1].text == "." && isColumnWord(s.tokens[j-2]) {
		j -= 2
	}
	if j > 0 && s.tokens[j-1].text == "::" { // it is a type: the column stands before the cast
		return s.columnBefore(j - 1)
	}
	name, _ := s.columnName(j)
	return name
}

func (s *statement) columnAfter(i int) string {
	name, _ := s.columnName(i)
	return name
}

// columnName is name for columns, which may also be key words behind a point.
func (s *statement) columnName(i int) (string, int) {
	if i >= len(s.tokens) || !isColumnWord(s.tokens[i]) {
		return "", i
	}
	return s.name(i)
}

func isColumnWord(t token) bool {
	return t.Kind == sqltext.Ident || t.Kind == sqltext.Word && (isName(t) || t.text == t.lower)
}

// typeName skips a type's name: a word or two, a modifier, brackets.
func (s *statement) typeName(i int) (string, int) {
	start := i
	_, i = s.name(i)
	if i == start {
		i++
	}
	if s.textAt(i) == "(" {
		for i++; i < len(s.tokens) && s.tokens[i-1].text != ")"; i++ {
		}
	}
	for s.textAt(i) == "[" && s.textAt(i+1) == "]" {
		i += 2
	}
	return s.textAt(start), i
}

// inSet tells whether token i stands in the SET list of an UPDATE.
func (s *statement) inSet(i int) bool {
	for j := i; j >= 0; j-- {
		if s.tokens[j].depth != 0 {
			continue
		}
		switch s.tokens[j].lower {
		case "set":
			return true
		case "where", "from", "returning":
			return false
		}
	}
	return false
}

var volatileFunctions = []string{
	"nextval", "random", "clock_timestamp", "gen_random_uuid", "uuid_generate_v4", "pg_advisory_lock",
	"pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_try_advisory_xact_lock", "pg_notify", "set_config", "timeofday", "setval", "pg_sleep", "txid_current",
}

func (s *statement) classify() {
	switch s.verb {
	case "insert", "update", "delete", "merge", "truncate":
		s.write, s.barrier = true, true
	case "copy":
		s.write = slices.ContainsFunc(s.tokens, func(t token) bool { return t.lower == "from" && t.depth == 0 })
		s.barrier, s.skipped = s.write, true
	case "call", "do", "execute", "refresh", "create", "alter", "drop", "lock":
		s.barrier = true
		s.skipped = s.verb != "call" && s.verb != "execute"
	case "set", "reset", "discard":
		s.skipped = true
		s.barrier = slices.ContainsFunc(s.tokens, func(t token) bool {
			return t.lower == "search_path" || t.lower == "role" || t.lower == "authorization" || t.lower == "all" || t.lower == "schema"
		}) || strings.Contains(s.text, ".") // SET app.tenant = …, for row security
	case "select", "values", "table":
		s.classifySelect()
	default:
		s.skipped = true // BEGIN, COMMIT, SHOW, DEALLOCATE, FETCH, LISTEN, VACUUM, …
	}
}

func (s *statement) classifySelect() {
	for i, t := range s.tokens {
		switch {
		case s.textAt(i+1) == "(" && slices.Contains(volatileFunctions, t.lower):
			s.volatile = true
			s.barrier = s.barrier || t.lower == "set_config"
		case t.lower == "for" && t.depth == 0 && (s.is(i+1, "update") || s.is(i+1, "no") || s.is(i+1, "share") || s.is(i+1, "key")):
			s.locking = true
		case t.lower == "insert" || t.lower == "delete" && s.is(i+1, "from") || t.lower == "update" && s.textAt(i-1) == "(":
			s.write, s.barrier = true, true // a data-changing CTE
		}
	}
	catalogs := 0
	for _, table := range s.tables {
		if strings.HasPrefix(table, "pg_") || strings.HasPrefix(table, "information_schema.") {
			catalogs++
		}
	}
	s.skipped = len(s.tables) > 0 && catalogs == len(s.tables)
}
