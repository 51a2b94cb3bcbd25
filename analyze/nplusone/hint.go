package nplusone

import (
	"regexp"
	"strings"
)

// hints say how to load a relation in one go in the words of each ORM.
var hints = []struct {
	name string
	via  string // start of the module's path
	tags []string
	text *regexp.Regexp // of normalised SQL that no one else writes
	hint string
}{
	{"GORM", "gorm.io/", []string{"gorm"}, nil, "In GORM: Preload(%s) before Find, or Joins(%s) for a belongs-to relation."},
	{"ent", "entgo.io/ent", []string{"ent"}, nil, "In ent: the query's With%s() eager-loads the edge."},
	{"bun", "github.com/uptrace/bun", []string{"bun"}, nil, "In bun: .Relation(%s) on the query."},
	{"go-pg", "github.com/go-pg/pg", nil, nil, "In go-pg: .Relation(%s) on the query."},
	{"SQLBoiler", "github.com/volatiletech/sqlboiler", nil, nil, "In SQLBoiler: qm.Load(%s) on the query."},
	{"Beego", "github.com/beego/beego", nil, nil, "In Beego ORM: LoadRelated in the loop is the fault; use RelatedSel()."},
	{"Django", "", []string{"django"}, nil, "In Django: select_related() for a foreign key, prefetch_related() for the reverse."},
	{"Rails", "", []string{"rails", "active_record", "activerecord"}, nil, "In Rails: includes(:%l) on the relation; strict_loading finds the others."},
	{"SQLAlchemy", "", []string{"sqlalchemy"}, regexp.MustCompile(`\b(\w+)\.(\w+) AS \w+_\w+, (\w+)\.(\w+) AS \w+_\w+`), "In SQLAlchemy: options(selectinload(…)) or joinedload(…) on the query."},
	{"Prisma", "", []string{"prisma"}, regexp.MustCompile(`AND \$\d+ = \$\d+\) .*OFFSET \$\d+|"?public"?\."?\w+"?\."?\w+"?, .* OFFSET \$\d+$`), "In Prisma: include the relation in the parent's query."},
	{"Hibernate", "", []string{"hibernate", "jpa", "spring"}, regexp.MustCompile(`\b[a-z]+\d+_\d+\.`), "In Hibernate: JOIN FETCH, an entity graph, or @BatchSize on the relation."},
	{"TypeORM", "", []string{"typeorm"}, regexp.MustCompile(`AS "\w+__?\w*_\w+"`), "In TypeORM: relations in find(), or leftJoinAndSelect."},
	{"Sequelize", "", []string{"sequelize"}, nil, "In Sequelize: include the association in the parent's query."},
	{"Laravel", "", []string{"laravel", "eloquent"}, nil, "In Eloquent: with('%l') on the query; Model::preventLazyLoading() finds the others."},
	{"Ecto", "", []string{"ecto", "phoenix"}, nil, "In Ecto: preload: on the query."},
	{"Entity Framework", "", []string{"efcore", "entityframework"}, nil, "In Entity Framework: Include() on the query."},
}

// hint returns the advice in the words of the ORM that the loop's statement came through, "" if none is known.
func hint(l *Loop) string {
	if l.Rule != RuleNPlusOne {
		return ""
	}
	named := strings.ToLower(strings.Join([]string{l.Tags["framework"], l.Tags["orm"], l.Tags["db_driver"], l.Tags["driver"], l.Tags["library"]}, " "))
	for _, h := range hints {
		matches := h.via != "" && strings.HasPrefix(l.Via, h.via) || h.text != nil && h.text.MatchString(l.Statement)
		for _, tag := range h.tags {
			matches = matches || containsWord(named, tag)
		}
		if matches {
			return fill(h.hint, l.what())
		}
	}
	return ""
}

// containsWord tells whether a word stands in text on its own, so that ent is not found in agent.
func containsWord(text, word string) bool {
	for i := 0; ; {
		j := strings.Index(text[i:], word)
		if j < 0 {
			return false
		}
		start, end := i+j, i+j+len(word)
		if (start == 0 || !isLetter(text[start-1])) && (end == len(text) || !isLetter(text[end])) {
			return true
		}
		i = end
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// fill puts the relation's name in: %s as a Go field in quotes where it is an argument, %l in lower case.
func fill(hint, table string) string {
	table = strings.Trim(table, `"`)
	var camel strings.Builder
	for part := range strings.SplitSeq(table, "_") {
		if part != "" {
			camel.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	hint = strings.ReplaceAll(hint, "(%s)", `("`+camel.String()+`")`)
	hint = strings.ReplaceAll(hint, "%s", camel.String())
	return strings.ReplaceAll(hint, "%l", table)
}
