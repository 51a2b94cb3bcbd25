-- Every statement that the service runs, by name. fixed.sql has those of the mended service.

-- name: users_page
SELECT id, username, name, created_at
FROM users
WHERE id > $1
ORDER BY id
LIMIT $2;

-- name: user_by_id
SELECT id, username, name, created_at
FROM users
WHERE id = $1;

-- name: users_by_prefix
-- Both bounds of the prefix are arguments, so that the unique index on username serves it in any collation.
SELECT id, username, name, created_at
FROM users
WHERE username >= $1 AND username < $2
ORDER BY username
LIMIT $3;

-- name: posts_page
SELECT id, author_id, title, body, created_at
FROM posts
WHERE id < $1 AND published
ORDER BY id DESC
LIMIT $2;

-- name: posts_by_author
-- Planted fault (missing-index): posts (author_id) has no index.
SELECT id, author_id, title, created_at
FROM posts
WHERE author_id = $1;

-- name: author_of_post
-- Planted fault (n-plus-one): runs once per post.
SELECT id, username, name, created_at
FROM users
WHERE id = $1;

-- name: comments_of_post
-- Planted faults: runs once per post (n-plus-one), and comments (post_id) has no index (missing-index).
SELECT count(*)
FROM comments
WHERE post_id = $1;

-- name: table_sizes
-- The planner's own estimates: counting the rows would read three tables.
SELECT relname, greatest(reltuples, 0)::bigint
FROM pg_catalog.pg_class
WHERE oid = ANY (ARRAY['users'::regclass, 'posts'::regclass, 'comments'::regclass]);

-- name: latest_texts
SELECT body
FROM posts
ORDER BY id DESC
LIMIT $1;
