-- The tables as `pgassay schema apply --builtin blog` makes them, and a few rows whose numbers can be worked out.
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES users (id),
    title text NOT NULL,
    body text NOT NULL,
    published boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id bigint NOT NULL REFERENCES posts (id),
    author_id bigint NOT NULL REFERENCES users (id),
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- user1 to user50; user n wrote posts n, n + 50, …; post n has n % 7 comments; every tenth post is a draft.
INSERT INTO users (username, email, name, created_at)
SELECT 'user' || n, 'user' || n || '@example.com', 'User ' || n, timestamptz '2024-01-01Z' + n * interval '1 hour'
FROM generate_series(1, 50) AS n;
INSERT INTO posts (author_id, title, body, published, created_at)
SELECT (n - 1) % 50 + 1, 'Post ' || n, repeat('word', n % 3 + 1) || ' and a word', n % 10 <> 0, timestamptz '2024-02-01Z' + n / 2 * interval '1 hour'
FROM generate_series(1, 400) AS n;
INSERT INTO comments (post_id, author_id, body)
SELECT p, c, 'comment ' || c
FROM generate_series(1, 400) AS p, generate_series(1, p % 7) AS c;
ANALYZE;
