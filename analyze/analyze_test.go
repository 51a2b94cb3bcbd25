package analyze_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/analyze"
	"github.com/pgassay/pgassay/internal/pgtest"
)

// fill makes the tables of a file in testdata in a database of the test's own.
func fill(t *testing.T, file string) *pgx.ConnConfig {
	t.Helper()
	sql, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.With(t, string(sql)).Config()
}

const blogQueries = `
-- name: PostsOfAuthor
SELECT id, author_id, title, published, created_at FROM posts WHERE author_id = $1;
-- name: CommentCount
SELECT count(*) FROM comments WHERE post_id = $1;
-- name: UserByID
SELECT id, username FROM users WHERE id = $1;
-- name: UsersPage
SELECT id, username FROM users WHERE id > $1 ORDER BY id LIMIT 20;
-- name: PostsPage
SELECT id, title FROM posts WHERE id < $1 ORDER BY id DESC LIMIT $2;
-- name: ByName
SELECT id FROM users WHERE username = $1;
`

// TestMissingIndexes holds the two indexes that the blog lacks against what is found, and that nothing is once they are
// there.
func TestMissingIndexes(t *testing.T) {
	t.Parallel()
	for _, verify := range []bool{false, true} {
		t.Run(map[bool]string{false: "estimated", true: "verified"}[verify], func(t *testing.T) {
			t.Parallel()
			config := fill(t, "blog.sql")
			statements, _ := analyze.Statements(blogQueries, "queries.sql")
			type found struct {
				Rule, Table string
				Columns     []string
				Mend        string
				Proven      bool
			}
			findings := func() (all []found) {
				result, err := analyze.Run(t.Context(), config, statements, analyze.Options{Verify: verify})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range result.Statements {
					if !s.Executed {
						t.Errorf("%s was not executed: %s", s.Name, s.Reason)
					}
				}
				for _, f := range result.Findings {
					proven := f.Proof != nil && f.Proof.PlanChanged && f.Proof.RowsEqual && f.Proof.AfterNS < f.Proof.BeforeNS
					all = append(all, found{f.Rule, f.Table, f.Columns, f.Mend.SQL, proven})
				}
				return all
			}
			want := []found{
				{"missing-index", "public.comments", []string{"post_id"}, "CREATE INDEX CONCURRENTLY comments_post_id_idx ON public.comments (post_id);", verify},
				{"missing-index", "public.posts", []string{"author_id"}, "CREATE INDEX CONCURRENTLY posts_author_id_idx ON public.posts (author_id);", verify},
			}
			if diff := cmp.Diff(want, findings()); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			conn := pgtest.Connect(t, config.ConnString())
			for _, f := range want {
				pgtest.Execute(t, conn, f.Mend)
			}
			if diff := cmp.Diff([]found(nil), findings()); diff != "" {
				t.Errorf("with the indexes (-want +got)\n%s", diff)
			}
		})
	}
}
