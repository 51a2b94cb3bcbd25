package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
	"github.com/pgassay/pgassay/internal/sqltext"
)

// anonymiser knows the new names.
type anonymiser struct {
	names        map[string]string // of what SQL names, folded to lower case
	literals     map[string]string
	whole        map[string]string // functions and routes of the application
	files        map[string]string
	order        []string // files, as they were learned
	fingerprints map[string]string
	counts       map[string]int
}

func newAnonymiser() *anonymiser {
	return &anonymiser{
		names: map[string]string{}, literals: map[string]string{}, whole: map[string]string{"": ""}, files: map[string]string{},
		fingerprints: map[string]string{}, counts: map[string]int{},
	}
}

func (a *anonymiser) next(kind string) string {
	a.counts[kind]++
	return fmt.Sprintf("%s_%d", kind, a.counts[kind])
}

// rename gives what SQL calls name another name of this kind.
func (a *anonymiser) rename(name, kind string) {
	key := strings.ToLower(name)
	if key == "" || a.names[key] != "" || system(key) || strings.HasPrefix(key, "*") {
		return
	}
	a.names[key] = a.next(kind)
}

// exact gives a function or route of the application another name.
func (a *anonymiser) exact(text, kind string) {
	if _, known := a.whole[text]; known {
		return
	}
	name := a.next("app_" + kind)
	if method, _, ok := strings.Cut(text, " "); ok && kind == "route" && strings.ToUpper(method) == method {
		name = method + " /" + name
	}
	a.whole[text] = name
}

// name is the new name of what SQL calls name.
func (a *anonymiser) name(name string) string {
	if renamed := a.names[strings.ToLower(name)]; renamed != "" {
		return renamed
	}
	if name == "" || system(strings.ToLower(name)) || builtin[strings.ToLower(name)] {
		return name
	}
	a.rename(name, "name")
	return a.names[strings.ToLower(name)]
}

// system tells whether a name is PostgreSQL's own.
func system(name string) bool {
	return name == "public" || name == "information_schema" || strings.HasPrefix(name, "pg_") || name == "excluded" || name == "unnamed"
}

// learnTable takes a qualified name.
func (a *anonymiser) learnTable(qualified string) {
	tokens := expr.Scan(qualified)
	for i, t := range tokens {
		if t.Kind != expr.Ident && t.Kind != expr.Quoted {
			continue
		}
		kind := "table"
		if i+1 < len(tokens) && tokens[i+1].Is(".") {
			kind = "schema"
		}
		a.rename(t.Text, kind)
	}
}

// learnSQL names whatever a text of SQL names.
func (a *anonymiser) learnSQL(sql string) {
	tokens := expr.Scan(sql)
	for i, t := range tokens {
		if !named(tokens, i) {
			continue
		}
		a.rename(t.Text, kindOf(tokens, i))
	}
}

// kindOf tells by its place what a name is the name of.
func kindOf(tokens []expr.Token, i int) string {
	start := i // of a qualified name
	for start > 1 && tokens[start-1].Is(".") {
		start -= 2
	}
	before := func(words ...string) bool {
		return start > 0 && slices.ContainsFunc(words, tokens[start-1].Is)
	}
	switch {
	case before("from", "join", "into", "update", "table", "only", "on", "index", "concurrently", "exists") && i+1 < len(tokens) && tokens[i+1].Is("."):
		return "schema"
	case before("from", "join", "into", "update", "table", "only"):
		return "table"
	case before("index", "concurrently", "exists"):
		return "index"
	case i+1 < len(tokens) && tokens[i+1].Is("(") && !before("on", "into"):
		return "function"
	}
	return "column"
}

// named tells whether the token at i is a name that someone gave. A key word is one behind a dot, or in quotes.
func named(tokens []expr.Token, i int) bool {
	t := tokens[i]
	switch {
	case t.Kind == expr.Quoted:
		return true
	case t.Kind != expr.Ident:
		return false
	case i > 0 && tokens[i-1].Is("."):
		return t.Text != "*"
	}
	return !sqltext.IsKeyword(t.Text) && !builtin[t.Text] && !syntax[t.Text]
}

// sql writes a text of SQL with the new names and literals, comments left out. Lines stay.
func (a *anonymiser) sql(text string) string {
	var out strings.Builder
	at := 0
	gap := func(s string) {
		out.WriteString(strings.Map(func(r rune) rune {
			if r == '\n' || r == ' ' || r == '\t' {
				return r
			}
			return -1
		}, s))
	}
	tokens := expr.Scan(text)
	for i, t := range tokens {
		gap(text[at:t.Start])
		written := text[t.Start:t.End]
		switch t.Kind {
		case expr.Ident, expr.Quoted:
			if named(tokens, i) || a.names[t.Text] != "" && !castOrCall(tokens, i) {
				written = a.name(t.Text)
			}
		case expr.String, expr.Invalid:
			written = a.literal(t.Text) + strings.Repeat("\n", strings.Count(written, "\n"))
		case expr.Number:
			written = a.number(tokens, i, written)
		}
		out.WriteString(written)
		at = t.End
	}
	gap(text[at:])
	return out.String()
}

// castOrCall tells whether the token at i names a type that is cast to, or a function of PostgreSQL that is called.
func castOrCall(tokens []expr.Token, i int) bool {
	known := sqltext.IsKeyword(tokens[i].Text) || builtin[tokens[i].Text]
	cast := i > 0 && tokens[i-1].Is("::")
	call := i+1 < len(tokens) && tokens[i+1].Is("(") && !(i > 0 && (tokens[i-1].Is("on") || tokens[i-1].Is("into") || tokens[i-1].Is(".")))
	return known && (cast || call)
}

// sqlWithComments is sql for the text of a mend, whose comments are ours.
func (a *anonymiser) sqlWithComments(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			out = append(out, a.prose(line))
			continue
		}
		out = append(out, a.sql(line))
	}
	return strings.Join(out, "\n")
}

// literal is the new form of a string: the same for the same text. What is masked already, and the empty one, stay.
func (a *anonymiser) literal(text string) string {
	if text == "" || text == "?" {
		return "'" + text + "'"
	}
	if a.literals[text] == "" {
		a.literals[text] = "'" + a.next("text") + "'"
	}
	return a.literals[text]
}

// number is the new form of a number; 0 and 1, and a type's modifiers, stay.
func (a *anonymiser) number(tokens []expr.Token, i int, written string) string {
	if written == "0" || written == "1" || i > 1 && tokens[i-1].Is("(") && builtin[tokens[i-2].Text] {
		return written
	}
	if a.literals["#"+written] == "" {
		a.counts["number"]++
		a.literals["#"+written] = fmt.Sprint(1000 + a.counts["number"])
	}
	return a.literals["#"+written]
}

// words of a sentence: quoted ones, and names with their qualifiers.
var proseWords = regexp.MustCompile(`"[^"]*"|'[^']*'|[\pL_][\pL\pN_$]*(?:\.[\pL_"][\pL\pN_$"]*)*`)

// prose writes a sentence with the new names. A word of everyday language stays, even if a column is called so, unless it is
// qualified or in quotes.
func (a *anonymiser) prose(text string) string {
	if text == "" {
		return ""
	}
	for _, original := range a.longest() {
		text = strings.ReplaceAll(text, original, a.replacement(original))
	}
	text = proseWords.ReplaceAllStringFunc(text, func(word string) string {
		switch {
		case word[0] == '\'':
			return a.literal(strings.Trim(word, "'"))
		case word[0] == '"' && word != `"?"`:
			return `"` + a.name(strings.Trim(word, `"`)) + `"`
		case strings.Contains(word, "."):
			parts := strings.Split(word, ".")
			for i, part := range parts {
				if a.renamed(part) {
					continue
				}
				if known := a.names[strings.ToLower(strings.Trim(part, `"`))]; known != "" {
					parts[i] = known
				}
			}
			return strings.Join(parts, ".")
		case everyday[strings.ToLower(word)]:
			return word
		}
		if renamed := a.names[strings.ToLower(word)]; renamed != "" {
			return renamed
		}
		return word
	})
	return a.guard(text)
}

// guard replaces names that are part of longer words, such as posts in an ORM's QueryPosts.
func (a *anonymiser) guard(text string) string {
	lower := strings.ToLower(text)
	originals := slices.SortedFunc(maps.Keys(a.names), func(x, y string) int { return cmp.Or(len(y)-len(x), strings.Compare(x, y)) })
	for _, original := range originals {
		renamed := a.names[original]
		if len(original) < 5 || everyday[original] || sqltext.IsKeyword(original) || builtin[original] || !strings.Contains(lower, original) {
			continue
		}
		text = regexp.MustCompile("(?i)"+regexp.QuoteMeta(original)).ReplaceAllLiteralString(text, renamed)
		lower = strings.ToLower(text)
	}
	return text
}

// renamed tells whether a word is one of the new names already.
func (a *anonymiser) renamed(word string) bool {
	for _, n := range a.names {
		if n == word {
			return true
		}
	}
	return false
}

// longest returns what is replaced as it is in sentences, longest first: files, functions and routes.
func (a *anonymiser) longest() []string {
	all := slices.Clone(a.order)
	for text := range a.whole {
		if text != "" {
			all = append(all, text)
		}
	}
	slices.SortFunc(all, func(x, y string) int {
		if len(x) != len(y) {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
	return all
}

func (a *anonymiser) replacement(original string) string {
	if file := a.files[original]; file != "" {
		return file
	}
	return a.whole[original]
}

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// everyday are words of our own sentences that tables and columns are called, too.
var everyday = wordSet(`a an the of on in is no not has have and or for to its it with by from as at be was were are one each row rows index indexes
	table tables column columns page pages time times statement statements plan plans read reads scan sort key keys value values count size node this that
	what which than then there more most many much where when while once again all any only other another request requests time rows name order
	limit offset create concurrently drop primary foreign unique join filter condition server database select where set write writes`)

// syntax are key words that could be names and hardly are: statements that we read or write hold them as key words.
var syntax = wordSet(`materialized over partition rows range groups first last nulls filter within recursive preceding following unbounded exclude ties others
	set by next nothing conflict do update delete insert key share skip locked nowait no of ordinality zone at year month day hour minute second interval index
	include concurrently if exists view explain analyze vacuum drop alter add cascade restrict temp temporary unlogged matched merge escape cube rollup sets
	storage type statistics attach absent normalized without with work_mem local cast varying precision begin commit rollback reindex comment refresh values
	enable_nestloop plan_cache_mode`)

// builtin are types, functions and columns that PostgreSQL brings and that are no key words.
var builtin = wordSet(`int2 int4 int8 float4 float8 bool bpchar varchar text bytea json jsonb uuid inet cidr macaddr money name oid regclass date timestamptz timestamp timetz
	tsvector tsquery xml hstore citext ltree numrange int4range int8range tstzrange daterange point box circle polygon path line lseg serial bigserial smallserial
	ctid xmin xmax cmin cmax tableoid oid abs ceil ceiling floor round trunc sqrt power exp ln log mod sign random greatest least count sum avg min max stddev variance
	array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every rank dense_rank row_number ntile lag lead first_value last_value
	nth_value percent_rank cume_dist percentile_cont percentile_disc mode lower upper initcap length char_length octet_length substr replace translate btrim ltrim rtrim
	lpad rpad repeat reverse split_part strpos left right concat concat_ws format md5 encode decode to_char to_date to_number to_timestamp now clock_timestamp
	statement_timestamp transaction_timestamp age date_trunc date_part date_bin make_date make_interval extract timezone justify_days justify_hours isfinite
	generate_series unnest array_length array_position array_remove array_append array_cat array_to_string string_to_array cardinality any_value
	regexp_replace regexp_match regexp_matches regexp_split_to_table regexp_split_to_array starts_with to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery
	phraseto_tsquery ts_rank ts_rank_cd ts_headline setweight jsonb_build_object jsonb_build_array json_build_object json_build_array jsonb_each jsonb_each_text json_each
	jsonb_array_elements jsonb_array_elements_text json_array_elements jsonb_array_length jsonb_set jsonb_typeof jsonb_path_exists jsonb_path_query jsonb_extract_path
	jsonb_extract_path_text to_json to_jsonb row_to_json gen_random_uuid nextval currval setval similarity word_similarity hashtext coalesce nullif
	btree gin gist brin hash spgist bloom jsonb_path_ops gin_trgm_ops text_pattern_ops varchar_pattern_ops bpchar_pattern_ops array_ops analyze vacuum sort_key last_sort_key last_id
	seq scan index only bitmap heap recheck gather merge nested loop hash aggregate hashaggregate groupaggregate mixedaggregate materialize memoize append subquery
	cte windowagg lockrows modifytable result limit incremental unique setop tid sample worktable foreign custom projectset parallel partial finalize
	semi anti inner outer left right full delete insert update subplan initplan returns hashed cond`)
