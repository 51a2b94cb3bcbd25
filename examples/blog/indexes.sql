-- The indexes that the schema lacks on purpose.
CREATE INDEX posts_author_id_idx ON posts (author_id);
CREATE INDEX comments_post_id_idx ON comments (post_id);
