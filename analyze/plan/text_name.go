package plan

import (
	"regexp"
	"strings"

	"github.com/pgassay/pgassay/analyze/expr"
)

var (
	joinName  = regexp.MustCompile(`^(Hash|Merge) (?:(Left|Right|Full|Semi|Anti|Right Semi|Right Anti) )?Join$`)
	loopName  = regexp.MustCompile(`^Nested Loop(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti) Join)?$`)
	indexName = regexp.MustCompile(`^(Index(?: Only)? Scan)( Backward)? using (.+?) on (.+)$`)
	scanName  = regexp.MustCompile(`^(Seq Scan|Sample Scan|Bitmap Heap Scan|Tid Scan|Tid Range Scan|Foreign Scan|Index Scan|Index Only Scan|CTE Scan|WorkTable Scan|Subquery Scan|Function Scan|Table Function Scan|Values Scan|Named Tuplestore Scan) on (.+)$`)
	bitmap    = regexp.MustCompile(`^Bitmap Index Scan on (.+)$`)
	custom    = regexp.MustCompile(`^Custom Scan \((.*?)\)(?: on (.+))?$`)
	modify    = regexp.MustCompile(`^(Foreign )?(Insert|Update|Delete|Merge)(?: on (.+))?$`)
	setOp     = regexp.MustCompile(`^(Hash)?SetOp (.+)$`)
	aggregate = regexp.MustCompile(`^(Hash|Group|Mixed)?Aggregate$`)
	partial   = regexp.MustCompile(`^(Partial|Finalize|Simple) (.+)$`)
)

// nodeName reads a node's name as the text format has it: what it is, and of what.
func nodeName(name string) map[string]any {
	o := map[string]any{}
	for {
		if rest, ok := strings.CutPrefix(name, "Parallel "); ok {
			name, o["Parallel Aware"] = rest, true
		} else if rest, ok := strings.CutPrefix(name, "Async "); ok {
			name, o["Async Capable"] = rest, true
		} else if m := partial.FindStringSubmatch(name); m != nil {
			name, o["Partial Mode"] = m[2], m[1]
		} else {
			break
		}
	}
	set := func(pairs ...string) map[string]any {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				o[pairs[i]] = pairs[i+1]
			}
		}
		return o
	}
	switch {
	case joinName.MatchString(name):
		m := joinName.FindStringSubmatch(name)
		return set("Node Type", m[1]+" Join", "Join Type", orInner(m[2]))
	case loopName.MatchString(name):
		return set("Node Type", "Nested Loop", "Join Type", orInner(loopName.FindStringSubmatch(name)[1]))
	case indexName.MatchString(name):
		m := indexName.FindStringSubmatch(name)
		direction := "Forward"
		if m[2] != "" {
			direction = "Backward"
		}
		set("Node Type", m[1], "Scan Direction", direction, "Index Name", unquoteName(m[3]))
		return relation(o, m[4])
	case bitmap.MatchString(name):
		return set("Node Type", "Bitmap Index Scan", "Index Name", unquoteName(bitmap.FindStringSubmatch(name)[1]))
	case custom.MatchString(name):
		m := custom.FindStringSubmatch(name)
		return relation(set("Node Type", "Custom Scan", "Custom Plan Provider", m[1]), m[2])
	case scanName.MatchString(name):
		m := scanName.FindStringSubmatch(name)
		set("Node Type", m[1])
		return scanTarget(o, m[1], m[2])
	case modify.MatchString(name):
		m := modify.FindStringSubmatch(name)
		set("Node Type", "ModifyTable", "Operation", m[2])
		if m[1] != "" {
			set("Node Type", "Foreign Scan")
		}
		return relation(o, m[3])
	case setOp.MatchString(name):
		m := setOp.FindStringSubmatch(name)
		strategy := "Sorted"
		if m[1] != "" {
			strategy = "Hashed"
		}
		return set("Node Type", "SetOp", "Strategy", strategy, "Command", m[2])
	case aggregate.MatchString(name):
		strategy := map[string]string{"Hash": "Hashed", "Group": "Sorted", "Mixed": "Mixed", "": "Plain"}[aggregate.FindStringSubmatch(name)[1]]
		return set("Node Type", "Aggregate", "Strategy", strategy)
	}
	return set("Node Type", name)
}

func orInner(joinType string) string {
	if joinType == "" {
		return "Inner"
	}
	return joinType
}

// scanTarget reads what a scan is on: a relation, or something that is none.
func scanTarget(o map[string]any, kind, target string) map[string]any {
	switch kind {
	case "CTE Scan", "WorkTable Scan":
		relation(o, target)
		o["CTE Name"] = o["Relation Name"]
		delete(o, "Relation Name")
	case "Subquery Scan", "Values Scan", "Named Tuplestore Scan":
		relation(o, target)
		delete(o, "Relation Name")
	case "Function Scan", "Table Function Scan":
		relation(o, target)
		o["Function Name"] = o["Relation Name"]
		delete(o, "Relation Name")
	default:
		relation(o, target)
	}
	return o
}

// relation reads "schema.name alias", any of them possibly quoted.
func relation(o map[string]any, text string) map[string]any {
	var names []string
	alias := ""
	for i, t := range expr.Scan(text) {
		switch {
		case t.Is("."):
		case t.Kind != expr.Ident && t.Kind != expr.Quoted:
		case i > 0 && len(names) > 0 && text[t.Start-1] == ' ':
			alias = written(t, text)
		default:
			names = append(names, written(t, text))
		}
	}
	if len(names) == 0 {
		return o
	}
	o["Relation Name"] = names[len(names)-1]
	if len(names) > 1 {
		o["Schema"] = names[len(names)-2]
	}
	if alias == "" {
		alias = names[len(names)-1]
	}
	o["Alias"] = alias
	return o
}

// written is a name as it stands: some people's plans were anonymised by tools that do not quote capitals.
func written(t expr.Token, text string) string {
	if t.Kind == expr.Quoted {
		return t.Text
	}
	return text[t.Start:t.End]
}

func unquoteName(name string) string {
	if tokens := expr.Scan(name); len(tokens) == 1 && tokens[0].Kind == expr.Quoted {
		return tokens[0].Text
	}
	return name
}
