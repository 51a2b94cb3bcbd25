CREATE TABLE users(id bigint generated always as identity primary key, username text not null unique, email text not null unique, name text not null, created_at timestamptz not null default now());
CREATE TABLE posts(id bigint generated always as identity primary key, author_id bigint not null references users(id), title text not null, body text not null, published boolean not null default true, created_at timestamptz not null default now());
CREATE TABLE comments(id bigint generated always as identity primary key, post_id bigint not null references posts(id), author_id bigint not null references users(id), body text not null, created_at timestamptz not null default now());
CREATE INDEX ON comments(author_id);
SELECT setseed(0.5);
INSERT INTO users(username,email,name,created_at) SELECT 'user'||g,'u'||g||'@example.org','Name '||g, now()-g*interval '1 minute' FROM generate_series(1,2000) g;
INSERT INTO posts(author_id,title,body,published,created_at) SELECT 1+floor(2000*power(random(),2))::int,'title '||g,repeat('lorem ipsum ',60),random()<0.95, now()-random()*interval '300 days' FROM generate_series(1,10000) g;
INSERT INTO comments(post_id,author_id,body,created_at) SELECT 1+floor(10000*power(random(),2))::int,1+floor(2000*random())::int,repeat('nice ',20), now()-random()*interval '300 days' FROM generate_series(1, 30000) g;
ANALYZE;
