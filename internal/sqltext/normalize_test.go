package sqltext

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, want string }{
		{"literals", `select * from users where id = 5 and name='o''brien' and x = 1.5e3;`, `SELECT * FROM users WHERE id = $1 AND name = $2 AND x = $3`},
		{"binds", `SELECT * FROM users WHERE id = $7`, `SELECT * FROM users WHERE id = $1`},
		{"renumbers", `select $2, $1, 'x'`, `SELECT $1, $2, $3`},
		{"list", `select 1 from t where a in (1, 2,3) and b = 4`, `SELECT $1 FROM t WHERE a IN ($2) AND b = $3`},
		{"list of casts", `select a from t where a in ($1::uuid,$2::uuid)`, `SELECT a FROM t WHERE a IN ($1::uuid)`},
		{"list of rows", `select a from t where (a, b) in ((1,2),(3,4))`, `SELECT a FROM t WHERE (a, b) IN (($1, $2))`},
		{"list of signs and nulls", `select a from t where a in (-1, +2, null, true)`, `SELECT a FROM t WHERE a IN ($1)`},
		{"list of columns stays", `select a from t where 1 in (a, b)`, `SELECT a FROM t WHERE $1 IN (a, b)`},
		{"list in a query stays", `select a from t where a in (select 1, 1)`, `SELECT a FROM t WHERE a IN (SELECT $1, $2)`},
		{"values", `insert into t (a,b) values (1, now()), (2, now()) , (3,now()) on conflict do nothing`, `INSERT INTO t(a, b) VALUES ($1, now()) ON CONFLICT DO NOTHING`},
		{"values of two shapes", `insert into t values (1, default), (default, 1), (2, default)`, `INSERT INTO t VALUES ($1, DEFAULT), (DEFAULT, $2)`},
		{"values in from", `select * from (values (1,'a'),(2,'b')) as v(x,y)`, `SELECT * FROM (VALUES ($1, $2)) AS v(x, y)`},
		{"arrays", `select array[1,2,3], ARRAY[[1,2],[3,4]], f(1,2)`, `SELECT ARRAY[$1], ARRAY[[$2]], f($3, $4)`},
		{"function arguments stay", `select coalesce(1,2,3)`, `SELECT COALESCE($1, $2, $3)`},
		{"comments", "/* a */ select -- b\n 1 /* c /* d */ */", `SELECT $1`},
		{"null and truth", `select a from t where a is null and b is not true and c = null and d = true`, `SELECT a FROM t WHERE a IS NULL AND b IS NOT TRUE AND c = $1 AND d = $2`},
		{"signs", `select -1, a - 1, a -1, (-1), - a, a*-1 from t limit -1`, `SELECT $1, a - $2, a - $3, ($4), -a, a * $5 FROM t LIMIT $6`},
		{"strings of all kinds", `select E'a\'b', U&'\0061', B'01', x'ff', N'z', $$a'b$$, $t$ $$ $t$, 'a'
 'b'`, `SELECT $1, $2, $3, $4, $5, $6, $7, $8`},
		{"identifiers", `SELECT "users"."id", "User", "order", Users.ID, "täg" FROM "users"`, `SELECT users.id, "User", "order", users.id, "täg" FROM users`},
		{"operators", `select a->>'x', a<->b, a=-1, a||'x', a::text[], b[1:2], c[i] from t`, `SELECT a ->> $1, a <-> b, a = $2, a || $3, a::text[], b[$4 : $5], c[i] FROM t`},
		{"placeholders of clients", `select :id, :'name', a::int from t`, `SELECT $1, $2, a::int FROM t`},
		{"several", `begin; select 1;; commit;`, `BEGIN; SELECT $1; COMMIT`},
		{"interval", `select now() - interval '1 day'`, `SELECT now() - interval $1`},
		{"window", `select sum(x) over (partition by a order by b) from t`, `SELECT sum(x) OVER (PARTITION BY a ORDER BY b) FROM t`},
		{"key word as a column", `select t.values, t.in from t`, `SELECT t.values, t.in FROM t`},
		{"cut in a string", `select 'abc`, `SELECT $1`},
		{"cut in a name", `select "Abc`, `SELECT "Abc"`},
		{"empty", ` ; /* nothing */ ; `, ``},
		{"pg_stat_statements of 18", `select a from t where a in ($1 /*, ... */)`, `SELECT a FROM t WHERE a IN ($1)`},
		{"quoted placeholder byte", "select \"a\x01\", 1", "SELECT \"a\x01\", $1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Normalize(test.in)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if again := Normalize(got); again != got {
				t.Errorf("normalized again: %q, was %q", again, got)
			}
			if Fingerprint(test.in) != Fingerprint(got) {
				t.Error("the normalised text has another fingerprint")
			}
		})
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	const sql = `select 'a', $2 from t where a in (1, -2, $1) and (b, c) in (('x', 5), ('y', 6)) and d = true and e is null and "a" = $$z$$`
	var n Normalizer
	_, text, values := n.Values(sql)
	var got []string
	for _, v := range values {
		got = append(got, sql[v.Start:v.End]+"="+strconv.Itoa(v.Placeholder+1))
	}
	want := []string{"'a'=1", "$2=2", "1=3", "-2=3", "$1=3", "'x'=4", "5=5", "'y'=4", "6=5", "true=6", "$$z$$=7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of %s (-want +got)\n%s", text, diff)
	}
}

func TestUnquote(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`'a''b'`: "a'b", `E'a\'\n\x41\u00e4\101'`: "a'\nAäA", `$$a'$$`: "a'", `$x$a$x$`: "a", `N'a'`: "a", `12`: "12", `-1.5`: "-1.5",
		`TRUE`: "true", `U&'d\0061t\+000061\\'`: `data\`, `'cut`: "cut", `x'1F'`: "1F",
	} {
		if got := Unquote(in); got != want {
			t.Errorf("Unquote(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestFingerprintTellsApart(t *testing.T) {
	t.Parallel()
	statements := []string{
		`select a from t`, `select b from t`, `select a from u`, `select a, b from t`, `select b, a from t`, `select "A" from t`,
		`select a from t where a = 1`, `select a from t where a > 1`, `select a from t where a <> 1`, `select a from t where 1 = a`,
		`select a from t where a is null`, `select a from t where a is not null`, `select a from t where not a`,
		`select a from t where a in (1)`, `select a from t where a = any($1)`, `select a from t where a not in (1)`,
		`select a from t where a in (select 1)`, `select a from t where a in (b)`, `select a from t where a in (b, c)`,
		`select a from t order by a`, `select a from t order by a desc`, `select a from t limit 1`, `select a from t offset 1`,
		`insert into t values (1)`, `insert into t values (1, 2)`, `insert into t values (default)`, `insert into t (a) values (1)`,
		`select f(1)`, `select f(1, 2)`, `select (1, 2)`, `select 1, 2`, `select 1`, `select a - b from t`, `select a -> b from t`, `select -a from t`,
		`select 1; select 2`, `select x'1'::bit(3)`, `select array[1]`, `select array[a, 1]`, `select array(select 1)`, `select user from t`, `select "user" from t`,
	}
	seen := map[string]string{}
	for _, sql := range statements {
		f := Fingerprint(sql)
		if other, ok := seen[f]; ok {
			t.Errorf("%q and %q share the fingerprint %s", sql, other, f)
		}
		seen[f] = sql
	}
}

func TestFingerprintEqual(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{`select * from t where a=1`, "SELECT  *\n\tFROM t -- all\nWHERE a = 'x';", `select * from T where A = $3`, `/*c='d'*/ select*from"t"where a=-1.5`, `select * from t where a = null`},
		{`select 1 from t where a in (1)`, `select 2 from t where a in (1,2,3,4,5,6,7,8,9,10,11,12)`, `select $1 from t where a in ($2,$3)`, `select $1 from t where a in (NULL, 'x')`},
		{`insert into t(a,b) values (1,2)`, `INSERT INTO t (a, b) VALUES (1,2),(3,4),($1,$2);`},
		{`select '{}'::int[] && array[1]`, `select $1::int[]&&ARRAY [ 1 , 2 ]`},
	} {
		for _, sql := range same {
			if got, want := Fingerprint(sql), Fingerprint(same[0]); got != want {
				t.Errorf("%q: %s, %q: %s", sql, Normalize(sql), same[0], Normalize(same[0]))
			}
		}
	}
}

// The fingerprint is written into baselines: it must not change.
func TestFingerprintIsStable(t *testing.T) {
	t.Parallel()
	if got, want := Fingerprint("SELECT id, name FROM users WHERE id = 1"), "6fbded1c3663e5c9"; got != want {
		t.Errorf("got %s, want %s: baselines made before would no longer match", got, want)
	}
}

func TestDeepNesting(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return "select " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) }
	if Fingerprint(deep(1000)) == Fingerprint(deep(1001)) {
		t.Error("a thousand parentheses look like a thousand and one")
	}
	if got := Normalize(deep(1000)); Normalize(got) != got {
		t.Error("normalizing deep nesting again changes it")
	}
}

func TestNormalizerAllocatesNothing(t *testing.T) {
	var n Normalizer
	n.Both(benchmarkStatement)
	if got := testing.AllocsPerRun(100, func() { n.Both(benchmarkStatement) }); got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

const benchmarkStatement = `SELECT p.id, p.title, p.body, u.username, count(c.id) AS comments
FROM posts p JOIN users u ON u.id = p.author_id LEFT JOIN comments c ON c.post_id = p.id
WHERE p.published AND p.author_id IN (17, 2212, 9983, 12, 4711) AND p.created_at >= '2024-05-01 00:00:00+00'
GROUP BY p.id, u.username ORDER BY p.created_at DESC LIMIT 20 OFFSET 40 /*controller='posts',action='index'*/`

func BenchmarkFingerprint(b *testing.B) {
	var n Normalizer
	b.SetBytes(int64(len(benchmarkStatement)))
	b.ReportAllocs()
	for b.Loop() {
		n.Fingerprint(benchmarkStatement)
	}
}

func BenchmarkNormalize(b *testing.B) {
	b.SetBytes(int64(len(benchmarkStatement)))
	b.ReportAllocs()
	for b.Loop() {
		Normalize(benchmarkStatement)
	}
}
