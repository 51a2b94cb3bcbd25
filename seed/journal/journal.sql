-- The journal of a load, made in the transaction that changes the first thing and gone when all is done. Its schema's name
-- stands where {journal} is.
CREATE SCHEMA {journal};

COMMENT ON SCHEMA {journal} IS 'The journal of a load by pgassay. If none is running, "pgassay seed repair" puts back what it has taken off, and removes this.';

-- What is being loaded: one row.
CREATE TABLE {journal}.run (
    id      text PRIMARY KEY, -- a digest of everything that the rows depend on
    about   text NOT NULL,    -- the same for people
    started timestamptz NOT NULL DEFAULT now()
);

-- The tables that get rows.
CREATE TABLE {journal}.target (
    relation text PRIMARY KEY,   -- qualified and quoted
    first    numeric(20) NOT NULL, -- the number of the first row
    rows     numeric(20) NOT NULL, -- how many it shall get
    empty    boolean NOT NULL    -- it had no rows before
);

-- The rows that are loaded and committed.
CREATE TABLE {journal}.part (
    relation    text NOT NULL REFERENCES {journal}.target,
    first       numeric(20) NOT NULL,
    rows        numeric(20) NOT NULL,
    bytes       bigint NOT NULL,
    checksum    numeric(20) NOT NULL,
    duration_ns bigint NOT NULL,
    PRIMARY KEY (relation, first)
);

-- What was taken off and how to put it back.
CREATE TABLE {journal}.parked (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL, -- foreign key, index, trigger or row security
    relation   text NOT NULL, -- the table, qualified and quoted
    name       text NOT NULL, -- unquoted
    definition text NOT NULL, -- as the server deparsed it
    model      text NOT NULL, -- what the schema looked like with it, for whoever takes up the run: JSON, or empty
    referenced text NOT NULL, -- by a foreign key: the table, qualified and quoted; or empty
    size       bigint NOT NULL, -- a measure of the work, to begin with the longest
    restore    text[] NOT NULL, -- the statements that put it back, each a transaction
    done       int NOT NULL DEFAULT 0 -- how many of them are committed
);
