package blog

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

type user struct {
	ID        int64     `json:"id"`
	Username  string    `json:"username"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

type usersAnswer struct {
	Users []user `json:"users"`
	Next  string `json:"next,omitempty"` // of the next page; empty on the last
}

func (s *service) listUsers(r *http.Request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	after, err := numberOf(r, "after", 0)
	if err != nil {
		return nil, err
	}
	users, err := s.users(r.Context(), "users_page", after, limit)
	if err != nil {
		return nil, err
	}
	answer := usersAnswer{Users: users}
	if len(users) == limit {
		answer.Next = "/users/?after=" + strconv.FormatInt(users[limit-1].ID, 10) + "&limit=" + strconv.Itoa(limit)
	}
	return answer, nil
}

func (s *service) showUser(r *http.Request) (any, error) {
	id, err := idOf(r)
	if err != nil {
		return nil, err
	}
	return s.user(r.Context(), id)
}

func (s *service) searchUsers(r *http.Request) (any, error) {
	limit, err := limitOf(r)
	if err != nil {
		return nil, err
	}
	prefix := r.URL.Query().Get("q")
	if prefix == "" || len(prefix) > 100 || !utf8.ValidString(prefix) || strings.ContainsRune(prefix, 0) {
		return nil, httpError{http.StatusBadRequest, "q must be the beginning of a username"}
	}
	users, err := s.users(r.Context(), "users_by_prefix", prefix, prefix+string(utf8.MaxRune), limit)
	if err != nil {
		return nil, err
	}
	return usersAnswer{Users: users}, nil
}

// user returns one user, or an error that is pgx.ErrNoRows.
func (s *service) user(ctx context.Context, id int64) (user, error) {
	rows, err := s.pool.Query(ctx, s.sql["user_by_id"], id)
	if err != nil {
		return user{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[user])
}

// users runs one of the statements that return users.
func (s *service) users(ctx context.Context, statement string, args ...any) ([]user, error) {
	rows, err := s.pool.Query(ctx, s.sql[statement], args...)
	if err != nil {
		return nil, err
	}
	users, err := pgx.CollectRows(rows, pgx.RowToStructByPos[user])
	if users == nil {
		users = []user{} // [] in JSON, not null
	}
	return users, err
}
