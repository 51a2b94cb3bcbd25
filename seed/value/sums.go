package value

import (
	"slices"
	"strings"

	"github.com/pgassay/pgassay/seed/value/check"
	"github.com/pgassay/pgassay/seed/value/meaning"
	"github.com/pgassay/pgassay/seed/value/solve"
)

// Names of columns that add up in a row, as far as no constraint says so. The first one that a table has counts.
var (
	quantityNames = []string{"quantity", "qty", "menge", "anzahl", "quantite", "cantidad"}
	priceNames    = []string{"unit_price", "unit_amount", "unit_cost", "price_each", "price_per_unit", "price", "einzelpreis", "prix_unitaire", "precio_unitario"}
	lineNames     = []string{"line_total", "line_amount", "extended_price", "extended_amount", "total_price", "subtotal", "total", "amount", "gesamtpreis", "montant", "importe"}

	netNames      = []string{"subtotal", "sub_total", "net_total", "net_amount", "net", "amount_net", "total_net"}
	totalNames    = []string{"grand_total", "gross_total", "gross_amount", "total_amount", "total_price", "order_total", "total", "gross", "amount_gross", "total_gross"}
	addedNames    = [][]string{{"tax", "tax_amount", "tax_total", "total_tax", "vat", "vat_amount"}, {"shipping", "shipping_cost", "shipping_amount", "shipping_total", "delivery_fee", "shipping_fee"}, {"tip", "tip_amount"}}
	deductedNames = [][]string{{"discount", "discount_amount", "discount_total", "total_discount"}}
)

// sumWishes adds what sums in a row usually are: a line is quantity times price, a total is the net with tax and shipping,
// less a discount; a maximum is not below its minimum.
func (p *puzzle) sumWishes() {
	net, total := p.numeric(netNames), p.numeric(totalNames)
	if net != "" && total != "" {
		sum := columnExpr(net)
		added := false
		for _, names := range addedNames {
			if name := p.numeric(names); name != "" {
				sum, added = operatorExpr("+", sum, columnExpr(name)), true
			}
		}
		for _, names := range deductedNames {
			if name := p.numeric(names); name != "" {
				sum, added = operatorExpr("-", sum, columnExpr(name)), true
			}
		}
		if added {
			p.follow(total, sum)
		}
	}
	quantity, price := p.numeric(quantityNames), p.numeric(priceNames)
	if quantity != "" && price != "" {
		if line := p.numeric(lineNames); line != "" && line != price && (total == "" || total == line || net == line) {
			p.follow(line, operatorExpr("*", columnExpr(quantity), columnExpr(price)))
		}
	}
	p.rangeWishes()
}

// numeric finds the first of some names that is a number's column and whose values are to be made here.
func (p *puzzle) numeric(names []string) string {
	for _, name := range names {
		for _, c := range p.Columns {
			pc := p.columns[c.Name]
			if strings.Join(meaning.Words(c.Name), "_") == name && pc.column != nil && !pc.given && pc.order != nil && pc.order.Unit == solve.Number {
				return c.Name
			}
		}
	}
	return ""
}

// follow lets a column be the value of an expression where that fits, unless constraints or the configuration say what it is.
func (p *puzzle) follow(name string, x *check.Expr) {
	pc := p.columns[name]
	said := pc.wish.fixed != nil || pc.wish.draw != nil || pc.wish.distinct || pc.wish.meaning.Why == "seed.yaml"
	if said || slices.ContainsFunc(p.checks, func(c tableCheck) bool { return len(c.columns) > 1 && slices.Contains(c.columns, name) }) {
		return
	}
	pc.wish.meaning.Life = lastLife
	p.Checks = append(p.Checks, solve.Check{Name: "\x00" + name + " = " + x.String(), Expr: operatorExpr("=", columnExpr(name), x), Soft: true})
}

// lastLife puts a column after all that it may follow.
const lastLife = 99

// rangeWishes lets max_price be at least min_price.
func (p *puzzle) rangeWishes() {
	for _, c := range p.Columns {
		words := meaning.Words(c.Name)
		for _, ends := range [][2]string{{"min", "max"}, {"minimum", "maximum"}, {"low", "high"}, {"lowest", "highest"}} {
			i := slices.Index(words, ends[0])
			if i < 0 {
				continue
			}
			other := slices.Clone(words)
			other[i] = ends[1]
			low, high := p.numeric([]string{strings.Join(words, "_")}), p.numeric([]string{strings.Join(other, "_")})
			if low != "" && high != "" {
				p.wish(high, low)
			}
		}
	}
}

// nameParts tells what the name of somebody is beside the other half of it: nom is the last name beside prenom, nombre the
// first name beside apellidos.
func (p *puzzle) nameParts() {
	has := map[string]int{}
	for _, pc := range p.columns {
		if pc.wish.meaning.Group == "" {
			has[pc.wish.meaning.Name]++
		}
	}
	first, last := has["first-name"] > 0, has["last-name"] > 0
	if has["full-name"] != 1 || first == last {
		return
	}
	half := "first-name"
	if first {
		half = "last-name"
	}
	for _, pc := range p.columns {
		if m := pc.wish.meaning; m.Name != "full-name" || m.Group != "" || len(meaning.Words(pc.wish.name)) != 1 {
			continue
		}
		if m, ok := meaning.Named(half, meaning.Text); ok {
			m.Why = "its name beside the other one"
			pc.wish.meaning = m
		}
	}
}

func columnExpr(name string) *check.Expr { return &check.Expr{Kind: check.Column, Name: name} }

func operatorExpr(name string, args ...*check.Expr) *check.Expr {
	return &check.Expr{Kind: check.Operator, Name: name, Args: args}
}
