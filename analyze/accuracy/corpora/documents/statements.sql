-- tuned on
-- fts
SELECT id FROM documents WHERE to_tsvector('simple', body) @@ to_tsquery('simple', 'w77');
-- jsonb-containment
SELECT id, title FROM documents WHERE extra @> '{"lang": "l77"}';
-- function-on-column jsonb-containment missing-index
SELECT id, title FROM documents WHERE extra ->> 'publisher' = 'P77';
-- array-overlap
SELECT id FROM documents WHERE reviewers @> ARRAY[77];
-- array-overlap
SELECT id FROM documents WHERE 77 = ANY (reviewers);
-- jsonb-containment
SELECT id FROM documents WHERE extra ? 'draft';
-- like-leading-wildcard
SELECT id FROM documents WHERE title ILIKE '%e 777%';
-- function-on-column
SELECT id FROM documents WHERE lower(title) = 'title 77';
-- like-leading-wildcard
SELECT id FROM documents WHERE body ~* 'w77\M';
-- missing-index
SELECT person, role FROM shares WHERE document_id = 77;
-- missing-index
SELECT d.title, s.role FROM documents d JOIN shares s ON s.document_id = d.id WHERE d.folder_id = 7;
-- missing-index
SELECT * FROM revisions WHERE saved > '2024-05-13';
-- missing-index seq-scan-selective
SELECT id, title FROM documents WHERE published IS NULL AND NOT deleted;
-- missing-index topn-full-scan
SELECT id, title FROM documents ORDER BY published DESC NULLS LAST LIMIT 20;
-- deep-offset
SELECT id, title FROM documents ORDER BY id LIMIT 10 OFFSET 25000;
-- not-in-null
SELECT count(*) FROM people WHERE id NOT IN (SELECT approver FROM approvals);
-- cartesian
SELECT count(*) FROM people p, folders f WHERE f.owner = 3;
-- missing-index subplan-correlated seq-scan-loop
SELECT d.id, (SELECT count(*) FROM shares s WHERE s.document_id = d.id) FROM documents d WHERE d.folder_id BETWEEN 1 AND 5;
-- subplan-correlated
SELECT d.id, (SELECT max(r.saved) FROM revisions r WHERE r.document_id = d.id) FROM documents d;
-- cte-materialized
WITH t AS MATERIALIZED (SELECT id, folder_id, slug FROM documents) SELECT * FROM t WHERE folder_id = 9;
-- or-across missing-index
SELECT id FROM documents WHERE folder_id = 9 OR title = 'Title 9';
-- function-on-column
SELECT handle FROM people WHERE date_part('month', born) = 2 AND date_part('day', born) = 29;
-- missing-index
SELECT * FROM reads WHERE at >= '2024-05-05 00:00+00' AND at < '2024-05-05 01:00+00';
-- cast-on-column function-on-column
SELECT count(DISTINCT person) FROM reads WHERE document_id::text = '77';
-- implicit-cast-param
SELECT * FROM reads WHERE document_id = 77.0;
-- function-on-column
SELECT id FROM documents WHERE cardinality(labels) = 9;
-- function-on-column
SELECT id FROM documents WHERE char_length(title) > 200;
-- function-on-column
SELECT * FROM bookings WHERE upper(during) = '2024-01-05 10:50+00';
-- index-duplicate
SELECT * FROM bookmarks WHERE person = 9;
-- function-on-column missing-index
SELECT r.document_id, r.saved FROM revisions r JOIN people p ON p.id = r.author WHERE lower(p.handle) = 'h77';
-- sort-spill missing-index
SELECT person, document_id, at FROM reads ORDER BY at DESC, person;
-- wrong-index-order-by missing-index index-filter
SELECT id, title FROM documents WHERE version = 7 ORDER BY id LIMIT 5;
-- fine
SELECT id, title FROM documents WHERE words @@ to_tsquery('english', 'w77');
-- fine
SELECT id FROM documents WHERE words @@ to_tsquery('english', 'w77 & v77') ORDER BY ts_rank(words, to_tsquery('english', 'w77 & v77')) DESC LIMIT 10;
-- fine
SELECT id FROM documents WHERE meta @> '{"kind": "k77"}';
-- fine
SELECT id FROM documents WHERE labels @> ARRAY['l77'];
-- fine
SELECT id FROM documents WHERE labels && ARRAY['l1', 'm2'];
-- fine
SELECT * FROM documents WHERE lower(slug) = 'doc-77';
-- fine
SELECT id FROM documents WHERE slug LIKE 'Doc-777%';
-- fine
SELECT id FROM documents WHERE extra ->> 'isbn' = '97877';
-- fine
SELECT id, title FROM documents WHERE folder_id = 7;
-- fine
SELECT d.title, r.number FROM documents d JOIN revisions r ON r.document_id = d.id WHERE d.id = 7;
-- fine
SELECT * FROM revisions WHERE document_id = 7 ORDER BY number DESC LIMIT 1;
-- fine
SELECT author, count(*) FROM revisions GROUP BY author;
-- fine
SELECT * FROM revisions WHERE author = 77 AND saved > '2024-01-01';
-- fine
SELECT * FROM shares WHERE person = 9;
-- fine
SELECT role FROM shares WHERE person = $1 AND document_id = $2;
-- fine
SELECT f.path, count(*) FROM folders f JOIN documents d ON d.folder_id = f.id GROUP BY f.path;
-- fine
WITH RECURSIVE tree AS (SELECT id FROM folders WHERE id = 5 UNION ALL SELECT f.id FROM tree t JOIN folders f ON f.parent_id = t.id) SELECT count(*) FROM tree;
-- fine
SELECT count(*) FROM documents WHERE NOT deleted;
-- fine
SELECT count(*) FROM reads;
-- fine
SELECT document_id, count(*) FROM reads GROUP BY document_id ORDER BY 2 DESC LIMIT 10;
-- fine
SELECT * FROM reads WHERE document_id = 7 ORDER BY at DESC LIMIT 20;
-- fine
SELECT DISTINCT document_id FROM reads WHERE person = 7;
-- fine
SELECT * FROM bookings WHERE during && tstzrange('2024-01-05 10:00+00', '2024-01-05 11:00+00') AND room = 3;
-- fine
SELECT * FROM people WHERE handle = $1;
-- fine
SELECT * FROM people WHERE handle = 'h77';
-- fine
SELECT * FROM people WHERE id = ANY ('{1,2,3}');
-- fine
SELECT p.handle FROM people p WHERE EXISTS (SELECT FROM shares s WHERE s.person = p.id) LIMIT 20;
-- fine
SELECT d.title FROM documents d WHERE d.id IN (SELECT document_id FROM shares WHERE person = 5);
-- fine
UPDATE documents SET version = version + 1 WHERE id = 7;
-- fine
SELECT jsonb_agg(title) FROM documents WHERE folder_id = 4;
-- fine
SELECT l, count(*) FROM documents, unnest(labels) l GROUP BY l ORDER BY 2 DESC LIMIT 5;
-- fine
SELECT * FROM folders WHERE parent_id = 5;
-- fine
SELECT * FROM folders WHERE path LIKE '/3/%' ORDER BY path LIMIT 20;
-- fine
SELECT title FROM documents TABLESAMPLE SYSTEM (1);
-- fine
WITH x AS (SELECT person, count(*) AS n FROM reads GROUP BY person) SELECT avg(n), max(n) FROM x;
-- fine
WITH x AS MATERIALIZED (SELECT id, title, version FROM documents WHERE folder_id = 3) SELECT title FROM x WHERE version > 1;
-- fine
SELECT id FROM documents WHERE id > 500 ORDER BY id LIMIT 100;
-- fine
SELECT id, 'document' FROM documents WHERE id < 5 UNION ALL SELECT id, 'folder' FROM folders WHERE id < 5;
-- fine
SELECT count(*) FILTER (WHERE deleted), count(*) FROM documents;
-- fine
SELECT extract(year FROM published), count(*) FROM documents GROUP BY 1;
-- fine
SELECT person FROM reads GROUP BY person HAVING count(*) > 100;
-- fine
SELECT p.handle, count(*) FROM people p JOIN shares s ON s.person = p.id WHERE p.born > '2000-01-01' GROUP BY p.handle;
-- tuned on
-- missing-index
SELECT id, room FROM bookings WHERE room = 39 AND id > 23000 OR room = 41;
-- missing-index
SELECT handle FROM people WHERE born = '1970-05-05';
-- missing-index
SELECT document_id, saved FROM revisions WHERE saved < '2023-01-02';
-- missing-index
SELECT count(*) FROM bookmarks WHERE document_id = 9;
-- fts
SELECT title FROM documents WHERE to_tsvector('english', body) @@ plainto_tsquery('english', 'w99 v99');
-- jsonb-containment
SELECT id FROM documents WHERE extra @> '{"publisher": "P9", "lang": "l9"}';
-- jsonb-containment
SELECT id FROM documents WHERE extra @? '$.draft ? (@ > 29000)';
-- array-overlap
SELECT id, title FROM documents WHERE reviewers && ARRAY[5, 6];
-- function-on-column
SELECT id FROM documents WHERE lower(extra ->> 'lang') = 'l9';
-- function-on-column
SELECT handle FROM people WHERE left(display, 12) = 'Person 00000';
-- like-leading-wildcard
SELECT id FROM documents WHERE slug LIKE '%-7777';
-- like-leading-wildcard
SELECT handle FROM people WHERE display SIMILAR TO '%(abcd|dcba)%';
-- deep-offset
SELECT person, document_id FROM shares ORDER BY person, document_id OFFSET 50000 LIMIT 10;
-- not-in-null
SELECT p.handle FROM people p WHERE p.id < 5000 AND p.id NOT IN (SELECT approver FROM approvals WHERE id > 3);
-- cast-on-column
SELECT count(*) FROM reads WHERE person::text = '77';
-- fine
SELECT id FROM documents WHERE labels @> ARRAY['l7', 'm7'];
-- fine
SELECT id FROM documents WHERE words @@ plainto_tsquery('english', 'w99 v99');
-- fine
SELECT id FROM documents WHERE meta @> '{"kind": "k1"}' AND NOT deleted;
-- fine
SELECT d.id, d.title FROM documents d JOIN folders f ON f.id = d.folder_id WHERE f.path = '/7/7';
-- fine
SELECT count(*) FROM documents WHERE published > '2020-06-01';
-- fine
SELECT author, max(saved) FROM revisions WHERE author = 5 GROUP BY author;
-- fine
SELECT p.handle, r.at FROM reads r JOIN people p ON p.id = r.person WHERE r.document_id = 7 ORDER BY r.at DESC LIMIT 10;
-- fine
SELECT role, count(*) FROM shares GROUP BY role;
-- fine
SELECT * FROM bookings WHERE during @> '2024-01-05 10:20+00'::timestamptz;
-- fine
SELECT extract(decade FROM born) AS decade, count(*) FROM people GROUP BY 1 ORDER BY 1;
-- fine
SELECT f.id, (SELECT count(*) FROM folders c WHERE c.parent_id = f.id) FROM folders f WHERE f.id < 20;
-- fine
SELECT id FROM approvals WHERE approver IS NULL;
