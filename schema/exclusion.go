package schema

// Exclusion is an EXCLUDE constraint: no two rows for which every operator holds.
type Exclusion struct {
	Name       string             `json:"name"`
	Elements   []ExclusionElement `json:"elements"`
	Method     string             `json:"method"`              // gist, btree, …
	Predicate  string             `json:"predicate,omitempty"` // WHERE of a partial constraint
	Deferrable bool               `json:"deferrable,omitempty"`
	Definition string             `json:"definition"`
}

// ExclusionElement is one element of an EXCLUDE constraint.
type ExclusionElement struct {
	Column     string `json:"column,omitempty"`     // a plain column, or "" and
	Expression string `json:"expression,omitempty"` // an expression
	Operator   string `json:"operator"`             // =, &&, …
}

func (r constraintRow) exclusion() *Exclusion {
	elements := make([]ExclusionElement, len(r.operators))
	for i, operator := range r.operators {
		elements[i] = ExclusionElement{Column: r.elementColumns[i], Expression: withoutParentheses(r.elementExpressions[i]), Operator: operator}
	}
	return &Exclusion{
		Name: r.name, Elements: elements, Method: r.method, Predicate: withoutParentheses(r.predicate),
		Deferrable: r.deferrable, Definition: r.definition,
	}
}
