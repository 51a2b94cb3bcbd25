-- The journal: what was taken off and how to put it back. Made in the transaction that takes the first thing off.
CREATE SCHEMA IF NOT EXISTS pgassay;

CREATE TABLE IF NOT EXISTS pgassay.parked (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL, -- foreign key or index
    relation   text NOT NULL, -- the table, qualified and quoted
    name       text NOT NULL, -- of the constraint or index, unquoted
    definition text NOT NULL, -- as pg_get_constraintdef or pg_get_indexdef gave it
    size       bigint NOT NULL, -- a measure of the work, to begin with the longest
    restore    text[] NOT NULL, -- the statements that put it back, each a transaction
    done       int NOT NULL DEFAULT 0 -- how many of them are committed
);

COMMENT ON SCHEMA pgassay IS 'What pgassay has taken off for a load: run "pgassay seed repair" to put it back.';
