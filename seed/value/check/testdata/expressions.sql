a > 0
a >= 0 AND a <= 100
a BETWEEN 1 AND 10
a BETWEEN SYMMETRIC 10 AND 1
a NOT BETWEEN 3 AND 5
a IN (1, 2, 3)
a NOT IN (1, 2, 3)
a <> b
a < b OR b IS NULL
a + b <= 100
a - b > -5
a * b >= 0
a % 5 = 0
a / 2 >= 1
-a < 3
@ a < 4
abs(a) <= 7
a = 1 OR a = 2 OR a IS NULL
NOT (a = 1)
NOT (a > 1 AND b > 1)
(a IS NULL) = (b IS NULL)
(a IS NULL) <> (b IS NULL)
(a IS NOT NULL)::int + (b IS NOT NULL)::int = 1
num_nonnulls(a, b, c) = 1
num_nulls(a, b) IN (0, 2)
num_nonnulls(VARIADIC ARRAY[a, b]) > 0
coalesce(a, b) IS NOT NULL
coalesce(a, 0) + coalesce(b, 0) > 0
nullif(a, 0) IS NOT NULL
greatest(a, b) < 50
least(a, b) >= 0
a IS DISTINCT FROM b
a IS NOT DISTINCT FROM b
CASE WHEN bo THEN a > 0 ELSE b > 0 END
CASE a WHEN 1 THEN b = 1 WHEN 2 THEN b = 2 ELSE true END
CASE WHEN a > 0 THEN 1 ELSE 2 END = 1
bo
NOT bo
bo IS TRUE
bo IS NOT TRUE
bo IS FALSE OR a > 0
bo IS UNKNOWN
bo = true AND bp IS NOT NULL OR bo = false AND bp IS NULL
bo <> bp
bo OR bp
n > 0
n >= 0.01 AND n < 1000.5
n = round(n, 1)
n = trunc(n)
n * 100 = floor(n * 100)
m > 1e3
m = a * n
m / 2 > 1
n % 0.25 = 0
mod(a, 3) = 1
ceil(n) > 1
sign(n) >= 0
power(n, 2) > 4
f >= 0 AND f <= 1
f > 0.5::double precision
f * 2 < 3
f >= -90 AND f <= 90
c >= 0 AND c < 4294967296
c & 1 = 0
s <> ''
s = 'abc'
s IN ('abc', 'def')
length(s) > 0
char_length(s) <= 10
octet_length(s) BETWEEN 2 AND 8
length(trim(s)) > 0
btrim(s) <> ''
trim(both from s) = s
s = lower(s)
lower(s) = s AND s <> ''
upper(s) = s
s ~ '^[a-z]+$'
s ~* '^[a-z]+$'
s !~ '[0-9]'
s !~* 'A'
s ~ '^\d{3}-\d{4}$'
s LIKE 'a%'
s NOT LIKE '%x%'
s ILIKE 'A_c'
s LIKE '10\%'
s LIKE '10!%' ESCAPE '!'
s SIMILAR TO '(abc|def)%'
s NOT SIMILAR TO '[0-9]+'
position('@' in s) > 1
strpos(s, 'b') > 0
substring(s from 1 for 1) = 'a'
substr(s, 2) = 'bc'
left(s, 1) = 'a'
right(s, 2) = 'bc'
starts_with(s, 'ab')
s || v <> 'abcabc'
concat(s, v) <> ''
replace(s, 'a', 'b') <> s
split_part(s, '-', 1) = '123'
md5(s) <> ''
reverse(s) = s
s = v
v <> ''
v IN ('draft', 'live')
v = ANY (ARRAY['draft', 'live'])
v <> ALL (ARRAY['draft', 'live'])
v::text = ANY (ARRAY['draft'::varchar, 'live'::varchar]::text[])
v ~ '^[^@]+@[^@]+$'
ch = 'ab'
ch <> ''
length(ch) = 2
ch ~ '^[A-Z]{2}$'
d > '2020-01-01'
d >= DATE '2020-01-01' AND d < DATE '2030-01-01'
d <= e
e > d OR e IS NULL
e - d <= 30
d + 7 > e
d + interval '1 month' > ts
d <> 'infinity'
isfinite(d)
extract(year from d) >= 2000
extract(dow from d) = 1
extract(isodow from d) < 6
extract(day from d) = 1
date_part('day', d) = 1
date_part('month', ts) IN (1, 4, 7, 10)
date_trunc('month', d) = d
date_trunc('hour', ts) = ts
date_trunc('day', ts) = ts
date_trunc('week', ts) = ts
ts > '2020-01-01 00:00:00'
tz > ts
tz >= '2020-01-01 00:00:00+00'
ts - interval '1 day' < '2024-02-29'
ts + interval '1 month' > ts
ts::date = d
tz - '2020-01-01'::timestamptz > interval '10 days'
ti >= '08:00' AND ti <= '18:00'
ti + interval '2 hours' > ti
ti < '23:59:59'
iv > '0'
iv >= interval '1 hour' AND iv < interval '30 days'
extract(hour from iv) >= 0
extract(epoch from iv) >= 3600
iv * 2 < interval '3 days'
extract(hour from ti) < 12
extract(epoch from ts) > 1500000000
u <> '00000000-0000-0000-0000-000000000000'
u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'
jsonb_typeof(js) = 'object'
jsonb_typeof(js) IN ('object', 'array')
json_typeof(jn) = 'object'
jsonb_typeof(js -> 'a') = 'number'
js ? 'a'
js ?& ARRAY['a', 'b']
js ?| ARRAY['a', 'b']
js @> '{"a": 1}'
js -> 'a' IS NOT NULL
js ->> 'b' = 'x'
(js ->> 'a')::int > 0
js #>> '{c,d}' = 'e'
js <> '{}'
js = '{}' OR js ? 'a'
jsonb_array_length(js) < 3
jsonb_typeof(js) <> 'array' OR jsonb_array_length(js) > 0
array_length(ia, 1) > 0
array_length(ia, 1) = 2
cardinality(ia) BETWEEN 1 AND 3
cardinality(ta) = array_length(ta, 1)
array_position(ia, NULL) IS NULL
array_ndims(ia) = 1
1 = ANY (ia)
0 < ALL (ia)
ia <@ ARRAY[1, 2, 3]
ia @> ARRAY[1]
ia && ARRAY[1, 9]
ta <@ ARRAY['a', 'b', 'c']
ta[1] = 'a'
ia[1] < ia[2]
ia <> '{}'
'x' <> ALL (ta)
md = 'happy'
md > 'sad'
md IN ('ok', 'happy')
md <> 'sad' OR a > 0
md::text = 'ok'
NOT isempty(ir)
lower(ir) >= 0
upper(ir) - lower(ir) > 1
lower_inf(ir) OR upper_inf(ir)
ir @> 5
NOT upper_inf(tr)
lower(tr) < upper(tr)
lower_inc(tr) AND NOT upper_inc(tr)
a <@ ir
"Odd Name" > 0
"Odd Name" = a OR a IS NULL
(a, b) = (1, 2)
(a, b) <> (1, 2)
a > 0 IS TRUE
(a > 0) IS NOT FALSE
(a > 0) = (b > 0)
(s IS NULL OR length(s) > 2) AND (v IS NULL OR v <> 'x')
NOT (s IS NULL AND v IS NULL)
bo AND a IS NOT NULL AND b IS NOT NULL OR NOT bo AND a IS NULL AND b IS NULL
a = ANY ('{1,2,3}')
a <> 5 AND a <> 6
s COLLATE "C" = 'abc'
a::text <> '5'
a::numeric / 3 < 5
n::int > 0
f::int = 1
s::int > 0 OR s !~ '^\d+$'
(md = 'ok')::int = 1
char_length(coalesce(s, v, '')) > 0
tz AT TIME ZONE 'UTC' > ts
ti = ANY (ARRAY['08:00'::time, '12:00'::time])
d = ANY (ARRAY['2020-01-01'::date, '2024-02-29'::date])
iv = justify_hours(iv)
octet_length(decode(md5(s), 'hex')) = 16
s IS NOT NULL AND s <> '' OR v IS NOT NULL
