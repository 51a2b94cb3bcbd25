-- Documents with full text, JSON and arrays, who may see them and who did. Some of what is searched has its index.
CREATE TABLE people (id int PRIMARY KEY, handle varchar(40) NOT NULL UNIQUE, display text NOT NULL, born date NOT NULL);
INSERT INTO people SELECT g, 'h' || g, 'Person ' || md5(g::text) || repeat('.', 40), '1950-01-01'::date + g * 7 % 20000 FROM generate_series(1, 20000) g;
CREATE TABLE folders (id int PRIMARY KEY, parent_id int REFERENCES folders, path text NOT NULL UNIQUE, owner int NOT NULL);
INSERT INTO folders SELECT g, CASE WHEN g > 1 THEN g / 4 + CASE WHEN g < 4 THEN 1 ELSE 0 END END, '/' || g % 9 || '/' || g, g % 40 FROM generate_series(1, 2000) g;
CREATE TABLE documents (id int PRIMARY KEY, folder_id int NOT NULL REFERENCES folders, slug text NOT NULL, title text NOT NULL, body text NOT NULL, words tsvector GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || body)) STORED, meta jsonb NOT NULL, extra jsonb NOT NULL, labels text[] NOT NULL, reviewers int[] NOT NULL, published timestamptz, deleted boolean NOT NULL DEFAULT false, version int NOT NULL);
INSERT INTO documents (id, folder_id, slug, title, body, meta, extra, labels, reviewers, published, deleted, version) SELECT g, g * 7919 % 2000 + 1, 'Doc-' || g, 'Title ' || g, 'about w' || g % 3000 || ' and v' || g % 1700 || ' among others ' || md5(g::text),
    jsonb_build_object('kind', 'k' || g % 900), jsonb_build_object('isbn', '978' || g, 'lang', 'l' || g % 1500, 'publisher', 'P' || g % 2000) || CASE WHEN g % 100 = 0 THEN jsonb_build_object('draft', g) ELSE '{}' END,
    ARRAY['l' || g % 1000, 'm' || g % 1300], ARRAY[g % 3000, g % 2900, g % 7000], CASE WHEN g % 100 <> 7 THEN '2020-01-01 00:00+00'::timestamptz + (g * 7919 % 30000) * interval '1 hour' END, g % 50 = 0, CASE WHEN g > 29900 THEN 7 ELSE g % 5 END FROM generate_series(1, 30000) g;
CREATE INDEX ON documents USING gin (words);
CREATE INDEX ON documents USING gin (meta jsonb_path_ops);
CREATE INDEX ON documents USING gin (labels);
CREATE INDEX ON documents (folder_id);
CREATE UNIQUE INDEX documents_slug ON documents (lower(slug));
CREATE INDEX documents_slug_prefix ON documents (slug text_pattern_ops);
CREATE INDEX documents_isbn ON documents ((extra ->> 'isbn'));
CREATE TABLE revisions (document_id int NOT NULL REFERENCES documents, number int NOT NULL, saved timestamptz NOT NULL, author int NOT NULL, diff text NOT NULL, PRIMARY KEY (document_id, number));
INSERT INTO revisions SELECT (g - 1) / 4 + 1, g % 4, '2023-01-01 00:00+00'::timestamptz + g * interval '6 minutes', g * 7919::bigint % 20000 + 1, repeat('d', 60) FROM generate_series(1, 120000) g;
CREATE INDEX ON revisions (author, saved);
CREATE TABLE shares (document_id int NOT NULL REFERENCES documents, person int NOT NULL, role text NOT NULL, UNIQUE (person, document_id));
INSERT INTO shares SELECT g * 7919::bigint % 30000 + 1, g / 5, CASE WHEN g % 9 = 0 THEN 'write' ELSE 'read' END FROM generate_series(1, 90000) g;
CREATE TABLE reads (person int NOT NULL, document_id int NOT NULL, at timestamptz NOT NULL);
INSERT INTO reads SELECT g * 7919::bigint % 20000 + 1, g * 31::bigint % 30000 + 1, '2024-01-01 00:00+00'::timestamptz + g * interval '70 seconds' FROM generate_series(1, 200000) g;
CREATE INDEX ON reads (document_id, at);
CREATE INDEX ON reads (person);
CREATE TABLE approvals (id int PRIMARY KEY, document_id int NOT NULL, approver int);
INSERT INTO approvals SELECT g, g * 9, g * 11 FROM generate_series(1, 300) g;
CREATE TABLE bookings (id int PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL);
INSERT INTO bookings SELECT g, g % 40, tstzrange('2024-01-01 00:00+00'::timestamptz + g / 40 * interval '1 hour', '2024-01-01 00:50+00'::timestamptz + g / 40 * interval '1 hour') FROM generate_series(1, 24000) g;
CREATE INDEX ON bookings USING gist (during);
CREATE TABLE bookmarks (id int PRIMARY KEY, person int NOT NULL, document_id int NOT NULL, note text NOT NULL);
INSERT INTO bookmarks SELECT g, g * 7919::bigint % 20000 + 1, g % 30000 + 1, md5(g::text) FROM generate_series(1, 60000) g;
CREATE INDEX bookmarks_person ON bookmarks (person);
CREATE INDEX bookmarks_person_again ON bookmarks (person);
VACUUM ANALYZE;
