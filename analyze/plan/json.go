package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// ParseJSON reads what EXPLAIN (FORMAT JSON) or auto_explain prints: an array of plans, or one object. A statement that
// rules rewrote has several. It returns an error if there is no plan in it.
func ParseJSON(data []byte) ([]*Plan, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var top any
	if err := decoder.Decode(&top); err != nil {
		return nil, fmt.Errorf("read JSON plan: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("read JSON plan: more text after its end")
	}
	return fromValue(top)
}

// fromValue reads plans from what a JSON or YAML decoder returned: maps, lists, strings, json.Numbers and booleans.
func fromValue(top any) ([]*Plan, error) {
	list, ok := top.([]any)
	if !ok {
		list = []any{top}
	}
	var plans []*Plan
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			continue // "Utility Statement", of which there is no plan
		}
		switch tree := object["Plan"].(type) {
		case map[string]any:
			plans = append(plans, fromObject(object, tree))
		case nil:
			if _, bare := object["Node Type"]; bare { // the inside of "Plan", cut out by someone
				plans = append(plans, fromObject(nil, object))
			}
		}
	}
	if len(plans) == 0 {
		return nil, noPlan("JSON")
	}
	return plans, nil
}

func fromObject(object, tree map[string]any) *Plan {
	o := props(object)
	p := &Plan{
		Root:            node(tree),
		QueryText:       o.text("Query Text"),
		PlanningMS:      o.number("Planning Time"),
		ExecutionMS:     o.number("Execution Time"),
		QueryIdentifier: o.text("Query Identifier"),
	}
	if planning, ok := object["Planning"].(map[string]any); ok {
		p.Planning = buffers(props(planning))
	} else if o.has("Planning Buffers") {
		p.Planning = buffers(props(object))
	}
	if settings, ok := object["Settings"].(map[string]any); ok {
		p.Settings = map[string]string{}
		for name := range settings {
			p.Settings[name] = props(settings).text(name)
		}
	}
	for _, item := range o.list("Triggers") {
		if t, ok := item.(map[string]any); ok {
			t := props(t)
			p.Triggers = append(p.Triggers, Trigger{
				Name: t.text("Trigger Name"), Constraint: t.text("Constraint Name"), Relation: t.text("Relation"),
				TimeMS: t.number("Time"), Calls: t.number("Calls"),
			})
		}
	}
	if jit, ok := object["JIT"].(map[string]any); ok {
		j := props(jit)
		timing, _ := jit["Timing"].(map[string]any)
		t := props(timing)
		p.JIT = JIT{
			Functions: int(j.number("Functions")), GenerationMS: t.number("Generation"), InliningMS: t.number("Inlining"),
			OptimizationMS: t.number("Optimization"), EmissionMS: t.number("Emission"), TotalMS: t.number("Total"),
		}
		if generation, ok := timing["Generation"].(map[string]any); ok { // PostgreSQL 17 splits it up
			p.JIT.GenerationMS = props(generation).number("Total")
		}
	}
	p.finish()
	return p
}
