package sqltext

import (
	"slices"
	"strings"
)

// The key words of PostgreSQL 18 by category (src/include/parser/kwlist.h, and what pg_get_keywords() lists). A word
// that is not among them is an identifier wherever it stands.
const (
	unreservedWords = `abort absent absolute access action add admin after aggregate also alter always asensitive
assertion assignment at atomic attach attribute backward before begin breadth by cache call called cascade cascaded
catalog chain characteristics checkpoint class close cluster columns comment comments commit committed compression
conditional configuration conflict connection constraints content continue conversion copy cost csv cube current cursor
cycle data database day deallocate declare defaults deferred definer delete delimiter delimiters depends depth detach
dictionary disable discard document domain double drop each empty enable encoding encrypted enforced enum error escape
event exclude excluding exclusive execute explain expression extension external family filter finalize first following
force format forward function functions generated global granted groups handler header hold hour identity if immediate
immutable implicit import include including increment indent index indexes inherit inherits inline input insensitive
insert instead invoker isolation keep key keys label language large last leakproof level listen load local location lock
locked logged mapping match matched materialized maxvalue merge method minute minvalue mode month move name names nested
new next nfc nfd nfkc nfkd no normalized nothing notify nowait nulls object objects of off oids old omit operator option
options ordinality others over overriding owned owner parallel parameter parser partial partition passing password path
period plan plans policy preceding prepare prepared preserve prior privileges procedural procedure procedures program
publication quote quotes range read reassign recursive ref referencing refresh reindex relative release rename
repeatable replace replica reset restart restrict return returns revoke role rollback rollup routine routines rows rule
savepoint scalar schema schemas scroll search second security sequence sequences serializable server session set sets
share show simple skip snapshot source sql stable standalone start statement statistics stdin stdout storage stored
strict string strip subscription support sysid system tables tablespace target temp template temporary text ties
transaction transform trigger truncate trusted type types uescape unbounded uncommitted unconditional unencrypted unknown
unlisten unlogged until update vacuum valid validate validator value varying version view views virtual volatile
whitespace within without work wrapper write xml year yes zone`
	columnWords = `between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping
inout int integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
json_serialize json_table json_value least merge_action national nchar none normalize nullif numeric out overlay
position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`
	typeWords = `authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join
left like natural notnull outer overlaps right similar tablesample verbose`
	reservedWords = `all analyse analyze and any array as asc asymmetric both case cast check collate column constraint
create current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral leading
limit localtime localtimestamp not null offset on only or order placing primary references returning select
session_user some symmetric system_user table then to trailing true union unique user using variadic when where window
with`
)

// Words with a meaning of their own for the layout of normalised text.
const (
	// After these an operand starts: a sign belongs to the number that follows, and NULL, TRUE and FALSE are values.
	operandWords = `select where and or when then else case between like ilike by having limit offset returning
distinct all on in default using to from return symmetric fetch as`
	// Written in capitals, besides the reserved words and those of types and functions.
	capitalWords = `alter begin between by coalesce commit conflict copy cube delete drop execute exists explain filter
greatest insert least matched materialized merge nothing nullif ordinality over partition prepare recursive release
rollback rollup row savepoint set sets truncate update values within`
	// These have a space between them and a parenthesis, besides the reserved words: they are no functions.
	spacedWords = `between by conflict exists filter include key like materialized over set sets values within is ilike
join partition inherits`
	// Reserved words that look like functions.
	callWords = `any all some cast array current_time current_timestamp localtime localtimestamp variadic lateral`
)

type category uint8

const (
	notKeyword category = iota
	unreserved
	columnName   // can be a column's name, not a function's or type's
	typeFunction // can be a function's or type's name
	reserved
)

// role is what normalisation needs to know of a key word.
type role uint8

const (
	noRole role = iota
	inWord
	valuesWord
	arrayWord
	constantWord // NULL, TRUE, FALSE
	queryWord    // SELECT, WITH, TABLE: starts a query in parentheses
)

type keyword struct {
	word         string // lower case; "" for a free slot of the table
	text         string // as normalised text writes it
	category     category
	role         role
	operandAfter bool
	spaceAfter   bool // before an opening parenthesis
}

const keywordSlots = 2048 // a power of two, about four times the number of words, so that chains stay short

// keywords is an open-addressing table; it is never written to after it was made.
var keywords = makeKeywords()

func makeKeywords() *[keywordSlots]keyword {
	table := new([keywordSlots]keyword)
	has := func(list, word string) bool {
		return slices.Contains(strings.Fields(list), word)
	}
	roles := map[string]role{
		"in": inWord, "values": valuesWord, "array": arrayWord, "null": constantWord, "true": constantWord,
		"false": constantWord, "select": queryWord, "with": queryWord, "table": queryWord,
	}
	for _, group := range []struct {
		category category
		words    string
	}{{unreserved, unreservedWords}, {columnName, columnWords}, {typeFunction, typeWords}, {reserved, reservedWords}} {
		for word := range strings.FieldsSeq(group.words) {
			k := keyword{word: word, text: word, category: group.category, role: roles[word]}
			if group.category >= typeFunction || has(capitalWords, word) {
				k.text = strings.ToUpper(word)
			}
			k.operandAfter = has(operandWords, word)
			k.spaceAfter = has(spacedWords, word) || group.category == reserved && !has(callWords, word)
			slot := keywordHash(word)
			for table[slot].word != "" {
				slot = (slot + 1) % keywordSlots
			}
			table[slot] = k
		}
	}
	return table
}

const longestKeyword = len("current_timestamp")

// keywordHash hashes the letters of a word regardless of case. The word is not empty.
func keywordHash(word string) uint32 {
	n := len(word)
	h := uint32(word[0]|0x20) | uint32(word[n-1]|0x20)<<8 | uint32(word[n/2]|0x20)<<16 | uint32(n)<<24
	h *= 0x9E3779B1
	return h >> (32 - 11)
}

// lookup returns the key word that a word is in any case of letters, or nil.
func lookup(word string) *keyword {
	if len(word) < 2 || len(word) > longestKeyword {
		return nil
	}
	for slot := keywordHash(word); keywords[slot].word != ""; slot = (slot + 1) % keywordSlots {
		if k := &keywords[slot]; len(k.word) == len(word) && equalFold(word, k.word) {
			return k
		}
	}
	return nil
}

// equalFold tells whether word, folded as PostgreSQL folds identifiers, is lower, which has the same length.
func equalFold(word, lower string) bool {
	for i := range len(word) {
		if lowerCase[word[i]] != lower[i] {
			return false
		}
	}
	return true
}

// IsKeyword tells whether a word (in any case) is a key word that can't be used as a column's or table's name unquoted
// everywhere: reserved, or usable only as a type's, function's or column's name.
func IsKeyword(word string) bool {
	k := lookup(word)
	return k != nil && k.category != unreserved
}

// QuoteIdent writes a name as an SQL identifier the way that quote_ident does: unchanged if it is lower case letters,
// digits and underscores, starts with no digit and is no key word but an unreserved one; else in double quotes.
func QuoteIdent(name string) string {
	safe := name != "" && (name[0] == '_' || name[0] >= 'a' && name[0] <= 'z')
	for i := 0; safe && i < len(name); i++ {
		c := name[i]
		safe = c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
	}
	if safe && !IsKeyword(name) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
