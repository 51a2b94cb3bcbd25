-- tuned on
-- missing-index
SELECT * FROM invoices WHERE customer_no = 4242;
-- missing-index index-filter
SELECT number, amount FROM invoices WHERE tenant_id = 1 AND customer_no = 4242;
-- missing-index seq-scan-selective
SELECT * FROM invoices WHERE state = 'disputed';
-- missing-index seq-scan-selective
SELECT count(*) FROM open_invoices WHERE due < '2022-06-01';
-- missing-index
SELECT * FROM invoices WHERE number = 'INV-0000777';
-- missing-index
SELECT sku, sum(qty) FROM invoice_lines WHERE sku = 'P-77' GROUP BY sku;
-- missing-index
SELECT * FROM ledger WHERE ref_type = 'invoice' AND ref_id = 555;
-- missing-index
SELECT sum(amount) FROM ledger WHERE booked >= '2023-05-05' AND booked < '2023-05-06';
-- function-on-column
SELECT * FROM staff WHERE lower(email) = 'e77@t1.example';
-- like-leading-wildcard
SELECT * FROM staff WHERE surname ILIKE 'sabcd%';
-- function-on-column index-filter misestimate
SELECT sum(amount) FROM invoices WHERE extract(year FROM issued) = 2023 AND extract(month FROM issued) = 4 AND tenant_id = 1;
-- cast-on-column function-on-column missing-index
SELECT * FROM invoices WHERE amount::int = 777;
-- implicit-cast-param
SELECT * FROM invoices WHERE id = 77::numeric;
-- missing-index
SELECT * FROM timesheets WHERE project_code = 'X9' AND day BETWEEN '2023-01-01' AND '2023-01-31';
-- subplan-correlated
SELECT s.id, (SELECT sum(t.hours) FROM timesheets t WHERE t.tenant_id = s.tenant_id AND t.staff_id = s.id) FROM staff s;
-- missing-index topn-full-scan
SELECT * FROM staff ORDER BY salary DESC LIMIT 10;
-- deep-offset
SELECT tenant_id, number FROM invoices ORDER BY id LIMIT 25 OFFSET 90000;
-- not-in-null
SELECT count(*) FROM staff WHERE id NOT IN (SELECT manager_id FROM staff WHERE tenant_id = 4);
-- or-across join-filter nested-loop-inner materialize-loops seq-scan-loop
SELECT count(*) FROM staff s JOIN leave_requests l ON l.staff_id = s.id OR l.status = s.dept WHERE s.tenant_id = 4;
-- join-filter
SELECT count(*) FROM leave_requests a JOIN leave_requests b ON a.tenant_id = b.tenant_id AND a.period && b.period AND a.id < b.id;
-- missing-index array-overlap
SELECT count(*) FROM leave_requests WHERE period @> '2023-05-05'::date;
-- cte-materialized
WITH all_inv AS MATERIALIZED (SELECT * FROM invoices) SELECT count(*) FROM all_inv WHERE tenant_id = 9;
-- or-across missing-index
SELECT * FROM invoices WHERE tenant_id = 3 OR customer_no = 77;
-- sort-spill missing-index
SELECT * FROM invoices ORDER BY remark, amount;
-- cartesian
SELECT t.name, s.email FROM tenants t, staff s WHERE s.left_on IS NOT NULL;
-- fk-unindexed fk-trigger
DELETE FROM staff WHERE tenant_id = 3 AND id = 1205;
-- missing-index
SELECT * FROM payslips WHERE staff_id = 905;
-- missing-index
UPDATE timesheets SET hours = 8 WHERE project_code = 'X9' AND day = '2022-02-02';
-- like-leading-wildcard
SELECT count(*) FROM ledger WHERE account LIKE '%777';
-- function-on-column
SELECT * FROM ledger WHERE account || '/' || tenant_id = '4711/5';
-- function-on-column
SELECT sum(amount) FROM ledger WHERE to_char(booked, 'YYYY-MM') = '2023-05';
-- function-on-column
SELECT * FROM invoices WHERE coalesce(paid_at, '2000-01-01') > '2025-01-10';
-- misestimate-join misestimate missing-index nested-loop-inner
SELECT sum(t.hours) FROM staff s JOIN timesheets t ON t.tenant_id = s.tenant_id AND t.staff_id = s.id WHERE s.dept = 'D7' AND s.building = 'B7' AND s.floor = 7;
-- fine
SELECT * FROM invoices WHERE tenant_id = 5 AND number = 'INV-0000357';
-- fine
SELECT * FROM invoices WHERE tenant_id = 12 AND issued >= '2023-06-01' ORDER BY issued LIMIT 20;
-- fine
SELECT * FROM invoices WHERE tenant_id = 12 AND issued BETWEEN '2023-06-01' AND '2023-06-30' AND state = 'paid';
-- fine
SELECT state, count(*), sum(amount) FROM invoices GROUP BY state;
-- fine
SELECT tenant_id, sum(amount) FROM invoices WHERE issued >= '2022-02-01' GROUP BY tenant_id;
-- fine
SELECT i.number, l.sku, l.qty FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id WHERE i.tenant_id = 8 AND i.number = 'INV-0000124';
-- fine
SELECT * FROM invoice_lines WHERE invoice_id = 99;
-- fine
SELECT * FROM ledger WHERE tenant_id = 5 AND account = '4711' ORDER BY booked DESC LIMIT 20;
-- fine
SELECT * FROM ledger WHERE id = '00000000-0000-0000-0000-000000000001';
-- fine
SELECT * FROM staff WHERE tenant_id = 3 AND email = $1;
-- fine
SELECT * FROM staff WHERE tenant_id = $1 AND id = $2;
-- fine
SELECT * FROM staff WHERE tenant_id = 3 ORDER BY surname;
-- fine
SELECT m.surname, count(*) FROM staff s JOIN staff m ON m.tenant_id = s.tenant_id AND m.id = s.manager_id WHERE s.tenant_id = 3 GROUP BY m.surname;
-- fine
WITH RECURSIVE chain AS (SELECT tenant_id, id, manager_id FROM staff WHERE tenant_id = 3 AND id = 1150 UNION ALL SELECT s.tenant_id, s.id, s.manager_id FROM chain c JOIN staff s ON s.tenant_id = c.tenant_id AND s.id = c.manager_id) SELECT * FROM chain;
-- fine
SELECT * FROM timesheets WHERE tenant_id = 3 AND staff_id = 1134 AND day >= '2023-01-01';
-- fine
SELECT day, sum(hours) FROM timesheets GROUP BY day ORDER BY day;
-- fine
SELECT * FROM tenants ORDER BY name;
-- fine
SELECT t.name, count(s.id) FROM tenants t LEFT JOIN staff s ON s.tenant_id = t.id GROUP BY t.name;
-- fine
SELECT currency, max(valid_from) FROM rates GROUP BY currency;
-- fine
SELECT DISTINCT ON (currency) currency, rate FROM rates ORDER BY currency, valid_from DESC;
-- fine
SELECT rate FROM rates WHERE currency = 'EUR' AND valid_from <= '2022-05-05' ORDER BY valid_from DESC LIMIT 1;
-- fine
SELECT count(*) FROM invoices WHERE paid_at IS NOT NULL;
-- fine
SELECT count(*) FROM staff WHERE left_on IS NULL AND salary > 2000;
-- fine
UPDATE invoices SET remark = 'x' WHERE id = 5;
-- fine
DELETE FROM invoices WHERE id = 5;
-- fine
INSERT INTO tenants VALUES (1000, 'New', 'p1');
-- fine
INSERT INTO invoice_lines SELECT invoice_id, line + 10, sku, qty, price FROM invoice_lines WHERE invoice_id = 7;
-- fine
SELECT rank() OVER (PARTITION BY dept ORDER BY salary DESC), surname FROM staff WHERE tenant_id = 3;
-- fine
SELECT * FROM (SELECT tenant_id, count(*) AS n FROM invoices GROUP BY tenant_id) x WHERE n > 100;
-- fine
SELECT i.id FROM invoices i WHERE (i.tenant_id, i.number) IN ((3, 'INV-0000119'), (4, 'INV-0000179'));
-- fine
SELECT count(*) FROM ledger WHERE amount BETWEEN 10 AND 4000;
-- fine
SELECT s.tenant_id, avg(t.hours) FROM staff s JOIN timesheets t ON t.tenant_id = s.tenant_id AND t.staff_id = s.id GROUP BY s.tenant_id;
-- fine
SELECT EXISTS (SELECT 1 FROM invoices WHERE tenant_id = 7);
-- fine
SELECT * FROM invoices WHERE id >= 119000 ORDER BY id;
