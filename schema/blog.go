package schema

import _ "embed"

// Blog is a script that makes the tables of a small blog: users, posts and comments. Indexes on posts (author_id) and
// comments (post_id) are missing on purpose, for analyze to find.
//
//go:embed blog.sql
var Blog string
