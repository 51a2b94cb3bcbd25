package blog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	got := named("-- head\n\n-- name: a\nSELECT 1\nFROM x;\n\n-- name: b\n-- why\nSELECT ';';\n")
	want := map[string]string{"a": "-- name: a\nSELECT 1\nFROM x", "b": "-- name: b\n-- why\nSELECT ';'"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	names := func(script string) []string {
		var found []string
		for _, part := range strings.Split(script, marker)[1:] {
			name, _, _ := strings.Cut(part, "\n")
			found = append(found, name)
		}
		return found
	}
	common := []string{"users_page", "user_by_id", "users_by_prefix", "posts_page", "posts_by_author"}
	rest := []string{"table_sizes", "latest_texts"}
	want := append(append(append([]string{}, common...), "author_of_post", "comments_of_post"), rest...)
	if diff := cmp.Diff(want, names(Statements(false))); diff != "" {
		t.Errorf("with the faults (-want +got)\n%s", diff)
	}
	want = append(append(append([]string{}, common...), rest...), "comments_of_posts")
	if diff := cmp.Diff(want, names(Statements(true))); diff != "" {
		t.Errorf("fixed (-want +got)\n%s", diff)
	}
}

func TestWordCountsAgree(t *testing.T) {
	t.Parallel()
	texts := []string{"The end. The END, the beginning", "don't stop — a naïve word", ""}
	want := []wordCount{{"the", 3}, {"end", 2}, {"a", 1}, {"beginning", 1}, {"don't", 1}, {"naïve", 1}, {"stop", 1}, {"word", 1}}
	for name, count := range map[string]func([]string) []wordCount{"slowly": countWordsSlowly, "with a map": countWords} {
		if diff := cmp.Diff(want, mostUsed(count(texts))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestPageCacheBound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		max, pages int
	}{{"bounded", 3, 3}, {"the planted fault", 0, 10}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cache := newPageCache(test.max)
			for i := range 20 {
				key := fmt.Sprint(i % 10)
				cache.put(key, []byte(key))
				if got, ok := cache.get(key); !ok || string(got) != key {
					t.Fatalf("page %s just put is %q, %t", key, got, ok)
				}
			}
			if len(cache.pages) != test.pages {
				t.Errorf("%d pages are kept, want %d", len(cache.pages), test.pages)
			}
			if _, ok := cache.get("9"); !ok {
				t.Error("the newest page is gone")
			}
		})
	}
}
