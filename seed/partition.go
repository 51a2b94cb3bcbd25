package seed

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/schema"
	"github.com/pgassay/pgassay/seed/value/check"
)

//go:embed partition.sql
var partitionSQL string

// partitionsName is the name of the condition that stands for a table's partitions.
const partitionsName = "the partitions"

// maxLeaves is how many partitions of a table get rows; of more, that many are chosen evenly.
const maxLeaves = 128

// routing is what rows a partitioned table takes.
type routing struct {
	check    *schema.Check   // rows must satisfy it to land in a partition; nil if all do
	optional bool            // there is a default partition for the others
	none     bool            // it has no partition
	own      []*schema.Check // what single partitions demand of the rows that land in them
}

// leaf is a row of partition.sql.
type leaf struct {
	Level       int32
	Leaf        bool
	Foreign     bool
	Constraint  string
	Bound       string
	Parent, OID uint32
}

// readRouting works out the condition that a row must satisfy to land in one of a table's partitions: the partitions'
// own constraints, which cover all levels, joined by OR. Conditions of hash partitions are left out where the partitions
// of a table take all remainders. Closed partitions are not there.
func readRouting(ctx context.Context, conn *pgx.Conn, db *schema.Database, table *schema.Table, closed map[uint32]bool) (routing, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return routing{}, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // it only read
	if _, err := tx.Exec(ctx, "SELECT set_config('search_path', '', true)"); err != nil {
		return routing{}, err
	}
	rows, err := tx.Query(ctx, partitionSQL, table.OID)
	if err != nil {
		return routing{}, fmt.Errorf("read partitions of %s: %w", table.QualifiedName(), err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[leaf])
	if err != nil {
		return routing{}, fmt.Errorf("read partitions of %s: %w", table.QualifiedName(), err)
	}
	all = slices.DeleteFunc(all, func(l leaf) bool { return closed[l.OID] })
	r := route(all)
	r.own = ownChecks(db, all)
	return r, nil
}

// ownChecks gives the CHECK constraints that partitions have beside those of the table that they are parts of, each for the rows that
// land there.
func ownChecks(db *schema.Database, all []leaf) []*schema.Check {
	var own []*schema.Check
	for _, l := range all {
		i := slices.IndexFunc(db.Tables, func(t *schema.Table) bool { return t.OID == l.OID })
		if i < 0 || l.Level == 0 || l.Foreign || len(own) >= maxLeaves {
			continue
		}
		for _, c := range db.Tables[i].Checks {
			if c.Inherited || c.NotEnforced {
				continue
			}
			expression := c.Expression
			if l.Constraint != "" {
				expression = fmt.Sprintf("((%s) IS NOT TRUE) OR (%s)", l.Constraint, c.Expression)
			}
			own = append(own, &schema.Check{
				Name: fmt.Sprintf("%.40s of partition %d", c.Name, len(own)+1), Expression: expression, Validated: true, Definition: "CHECK (" + expression + ")",
			})
		}
	}
	return own
}

// landsNowhere tells whether a row with null in all columns that the condition reads is in no partition.
func (r *routing) landsNowhere() bool {
	x, err := check.Parse(r.check.Expression)
	if err != nil {
		return true
	}
	v, err := (&check.Evaluator{Column: func(string) (check.Value, error) { return nil, nil }}).Eval(x)
	return err != nil || v != true && v != nil
}

func route(all []leaf) routing {
	complete := hashesComplete(all)
	var conditions []string
	r := routing{none: true}
	defaults := map[uint32]bool{} // default partitions and what is below them
	for _, l := range all {
		if l.Bound == "DEFAULT" || defaults[l.Parent] {
			defaults[l.OID] = true
			r.optional = true
			r.none = false
			continue
		}
		if !l.Leaf || l.Foreign || l.Level == 0 {
			continue
		}
		r.none = false
		condition := l.Constraint
		if complete {
			condition = hashCondition.ReplaceAllString(condition, "true")
		}
		if !slices.Contains(conditions, condition) {
			conditions = append(conditions, condition)
		}
	}
	if len(conditions) == 0 || slices.ContainsFunc(conditions, func(c string) bool { return strings.Trim(c, "() ") == "true" }) {
		return r
	}
	if n := len(conditions); n > maxLeaves {
		chosen := make([]string, maxLeaves)
		for i := range chosen {
			chosen[i] = conditions[i*n/maxLeaves]
		}
		conditions = chosen
	}
	for i, c := range conditions {
		conditions[i] = "(" + c + ")"
	}
	expression := strings.Join(conditions, " OR ")
	r.check = &schema.Check{Name: partitionsName, Expression: expression, Validated: true, Definition: "CHECK (" + expression + ")"}
	return r
}

var (
	hashCondition = regexp.MustCompile(`satisfies_hash_partition\('\d+'::oid, \d+, \d+(?:, (?:"(?:[^"]|"")*"|[^()",]+|\([^()]*\)|[a-z_]+\([^()]*\)))*\)`)
	hashBound     = regexp.MustCompile(`modulus (\d+), remainder`)
)

// hashesComplete tells whether the hash partitions of every table take all remainders: the parts that they take add up to
// one.
func hashesComplete(all []leaf) bool {
	parts := map[uint32]float64{}
	for _, l := range all {
		if m := hashBound.FindStringSubmatch(l.Bound); m != nil && !l.Foreign {
			modulus, _ := strconv.Atoi(m[1]) // digits
			parts[l.Parent] += 1 / float64(modulus)
		}
	}
	for _, sum := range parts {
		if sum < 0.999999 {
			return false
		}
	}
	return true
}
