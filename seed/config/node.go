package config

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node is a part of a YAML document, without what does not matter here: comments, styles, tags. Aliases are replaced by
// what they stand for.
type node struct {
	kind    kind
	text    string  // of a scalar, as it was written, quotes taken off; null of a null
	quoted  bool    // it stood in quotes, or was a block of text: "10" is no number
	entries []entry // of a mapping
	items   []*node // of a list
	line    int     // from 1
}

type kind uint8

const (
	null kind = iota
	scalar
	list
	mapping
)

type entry struct{ key, value *node }

func (k kind) String() string {
	return [...]string{"nothing", "a value", "a list", "a mapping"}[k]
}

// converter turns the library's tree into nodes.
type converter struct {
	anchors map[string]*node
	depth   int
	made    int // nodes; aliases of aliases could multiply them without end
}

const (
	maxDepth = 40
	maxNodes = 1_000_000
)

// convert gives the node for a part of the library's tree. line stands in where it has no position of its own.
func (c *converter) convert(n ast.Node, line int) *node {
	if n == nil {
		return &node{line: line}
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil && tk.Position.Line > 0 {
		line = tk.Position.Line
	}
	c.depth++
	c.made++
	defer func() { c.depth-- }()
	if c.depth > maxDepth || c.made > maxNodes {
		return &node{line: line}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return &node{text: "null", line: line} // as a key, a name like any other
	case *ast.MappingNode:
		return c.mapping(n.Values, line)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, line)
	case *ast.SequenceNode:
		out := &node{kind: list, line: line}
		for _, item := range n.Values {
			out.items = append(out.items, c.convert(item, line))
		}
		return out
	case *ast.AnchorNode:
		out := c.convert(n.Value, line)
		c.anchors[nameOf(n.Name)] = out
		return out
	case *ast.AliasNode:
		if target := c.anchors[nameOf(n.Value)]; target != nil {
			c.made += target.size()
			return target
		}
		return &node{kind: scalar, text: "*" + nameOf(n.Value), quoted: true, line: line}
	case *ast.TagNode:
		return c.convert(n.Value, line)
	case *ast.MappingKeyNode:
		return c.convert(n.Value, line)
	case *ast.LiteralNode:
		return &node{kind: scalar, text: n.Value.Value, quoted: true, line: line}
	case *ast.StringNode:
		quoted := n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		return &node{kind: scalar, text: n.Value, quoted: quoted, line: line}
	}
	return &node{kind: scalar, text: n.GetToken().Value, line: line}
}

func (c *converter) mapping(values []*ast.MappingValueNode, line int) *node {
	out := &node{kind: mapping, line: line}
	for _, v := range values {
		key := c.convert(v.Key, line)
		value := c.convert(v.Value, key.line)
		if _, merge := v.Key.(*ast.MergeKeyNode); !merge {
			out.entries = append(out.entries, entry{key, value})
			continue
		}
		for _, e := range value.entries { // what is written out has the say
			if out.get(e.key.text) == nil {
				out.entries = append(out.entries, e)
			}
		}
	}
	if len(out.entries) > 0 {
		out.line = out.entries[0].key.line
	}
	return out
}

func nameOf(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}

// get gives the value of a key, or nil.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key.text == key {
			return e.value
		}
	}
	return nil
}

func (n *node) size() int {
	size := 1
	for _, item := range n.items {
		size += item.size()
	}
	for _, e := range n.entries {
		size += e.value.size()
	}
	return size
}

// word is the text of a scalar without quotes, or "".
func (n *node) word() string {
	if n.kind == scalar && !n.quoted {
		return n.text
	}
	return ""
}

// isEmpty tells whether a document has nothing in it but comments.
func isEmpty(doc *ast.DocumentNode) bool {
	if doc.Body == nil {
		return true
	}
	_, comments := doc.Body.(*ast.CommentGroupNode)
	return comments
}

func lineOf(doc *ast.DocumentNode) int {
	if tk := doc.Body.GetToken(); tk != nil && tk.Position != nil {
		return tk.Position.Line
	}
	return 1
}
