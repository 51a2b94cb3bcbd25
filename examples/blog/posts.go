package blog

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

type post struct {
	ID        int64     `json:"id"`
	AuthorID  int64     `json:"author_id"`
	Title     string    `json:"title"`
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"created_at"`
}

type postsAnswer struct {
	Posts []post `json:"posts"`
	Next  string `json:"next,omitempty"` // of the next page; empty on the last
}

// listPosts answers from the cache where it can: a page is the same for everybody.
func (s *service) listPosts(r *http.Request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	before, err := numberOf(r, "before", math.MaxInt64)
	if err != nil {
		return nil, err
	}
	key := strconv.FormatInt(before, 10) + "/" + strconv.Itoa(limit)
	if page, ok := s.pages.get(key); ok {
		return page, nil
	}

	rows, err := s.pool.Query(r.Context(), s.sql["posts_page"], before, limit)
	if err != nil {
		return nil, err
	}
	posts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[post])
	if err != nil {
		return nil, err
	}
	answer := postsAnswer{Posts: posts}
	if len(posts) == limit {
		answer.Next = "/posts/?before=" + strconv.FormatInt(posts[limit-1].ID, 10) + "&limit=" + strconv.Itoa(limit)
	}
	body, err := encode(answer)
	if err != nil {
		return nil, err
	}
	return s.pages.put(key, body), nil
}

// heading is a post in a list of its author's.
type heading struct {
	ID        int64     `json:"id"`
	AuthorID  int64     `json:"author_id"`
	Title     string    `json:"title"`
	CreatedAt time.Time `json:"created_at"`
	Author    user      `json:"author" db:"-"`
	Comments  int64     `json:"comments" db:"-"`
}

type headingsAnswer struct {
	Total int       `json:"total"` // of the user's posts
	Posts []heading `json:"posts"`
}

func (s *service) listPostsOfUser(r *http.Request) (any, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	author, err := s.user(r.Context(), id)
	if err != nil {
		return nil, err
	}
	// All of them: their number is part of the answer, and what is read of each is small.
	rows, err := s.pool.Query(r.Context(), s.sql["posts_by_author"], id)
	if err != nil {
		return nil, err
	}
	posts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[heading])
	if err != nil {
		return nil, err
	}
	slices.SortFunc(posts, newestFirst)
	answer := headingsAnswer{Total: len(posts), Posts: posts[:min(limit, len(posts))]}
	if s.fixed {
		err = s.completeAtOnce(r.Context(), author, answer.Posts)
	} else {
		err = s.completeOneByOne(r.Context(), answer.Posts)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func newestFirst(a, b heading) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
}

// completeOneByOne fills in the author and the number of comments of each post with two statements a post.
func (s *service) completeOneByOne(ctx context.Context, posts []heading) error {
	for i := range posts {
		p := &posts[i]
		author := s.pool.QueryRow(ctx, s.sql["author_of_post"], p.AuthorID) // planted: n-plus-one (the author)
		if err := author.Scan(&p.Author.ID, &p.Author.Username, &p.Author.Name, &p.Author.CreatedAt); err != nil {
			return err
		}
		comments := s.pool.QueryRow(ctx, s.sql["comments_of_post"], p.ID) // planted: n-plus-one
		if err := comments.Scan(&p.Comments); err != nil {
			return err
		}
	}
	return nil
}

// completeAtOnce fills in the same with one statement for all posts: the author of a user's posts is the user.
func (s *service) completeAtOnce(ctx context.Context, author user, posts []heading) error {
	ids := make([]int64, len(posts))
	for i, p := range posts {
		ids[i] = p.ID
	}
	rows, err := s.pool.Query(ctx, s.sql["comments_of_posts"], ids)
	if err != nil {
		return err
	}
	counts := make(map[int64]int64, len(posts))
	var id, count int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &count}, func() error {
		counts[id] = count
		return nil
	}); err != nil {
		return err
	}
	for i := range posts {
		posts[i].Author, posts[i].Comments = author, counts[posts[i].ID]
	}
	return nil
}
