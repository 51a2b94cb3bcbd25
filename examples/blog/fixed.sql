-- What the mended service runs in place of author_of_post and comments_of_post: one statement for a page of posts.

-- name: comments_of_posts
SELECT post_id, count(*)
FROM comments
WHERE post_id = ANY ($1)
GROUP BY post_id;
