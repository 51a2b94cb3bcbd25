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
-- tuned on
-- missing-index
SELECT id, amount FROM invoices WHERE paid_at BETWEEN '2023-02-01 00:00+00' AND '2023-02-02 00:00+00';
-- missing-index
SELECT count(*) FROM invoice_lines WHERE price > 995 AND qty = 1;
-- missing-index
SELECT * FROM staff WHERE manager_id = $1;
-- missing-index
SELECT s.surname, l.status FROM staff s JOIN leave_requests l ON l.tenant_id = s.tenant_id AND l.staff_id = s.id WHERE l.status = 'pending' AND l.staff_id = 800;
-- missing-index
SELECT t.day, t.hours FROM timesheets t WHERE t.day = '2023-03-03';
-- missing-index topn-full-scan
SELECT number, due FROM invoices ORDER BY due DESC, number LIMIT 15;
-- missing-index
SELECT max(booked) FROM ledger WHERE ref_type = 'invoice' AND amount = 5000;
-- missing-index
SELECT EXISTS (SELECT 1 FROM payslips WHERE month = '2029-01-01');
-- function-on-column
SELECT count(*) FROM invoices WHERE date_trunc('month', issued) = '2023-04-01';
-- function-on-column
SELECT id FROM invoices WHERE amount * 1.19 > 5900;
-- function-on-column
SELECT id FROM ledger WHERE nullif(ref_type, 'payroll') = 'other';
-- function-on-column
SELECT number FROM invoices WHERE right(number, 5) = '00777';
-- cast-on-column function-on-column
SELECT id FROM ledger WHERE CAST(booked AS date) = '2022-12-12';
-- implicit-cast-param
SELECT * FROM timesheets WHERE id = 991.0;
-- like-leading-wildcard
SELECT id FROM invoices WHERE remark LIKE '%cafe12%';
-- like-leading-wildcard
SELECT email FROM staff WHERE email ~~ '%77@t1.%';
-- or-across missing-index
SELECT id FROM invoices WHERE customer_no = 5 OR remark = 'remark x';
-- not-in-null
SELECT t.name FROM tenants t WHERE t.id NOT IN (SELECT manager_id FROM staff WHERE dept = 'D3');
-- deep-offset
SELECT tenant_id, issued, number FROM invoices ORDER BY tenant_id, issued LIMIT 20 OFFSET 70000;
-- cte-materialized
WITH e AS MATERIALIZED (SELECT id, tenant_id, account, amount FROM ledger), f AS (SELECT * FROM e WHERE account = '4007') SELECT sum(amount) FROM f WHERE tenant_id = 3;
-- subplan-correlated
SELECT i.id, (SELECT count(*) FROM invoice_lines l WHERE l.invoice_id = i.id) FROM invoices i WHERE i.issued BETWEEN '2022-01-10' AND '2022-06-10';
-- cartesian
SELECT count(*) FROM tenants t JOIN leave_requests l ON true;
-- sort-spill missing-index
SELECT id, account, amount, ref_id FROM ledger ORDER BY amount, ref_id;
-- join-filter nested-loop-inner materialize-loops
SELECT count(*) FROM leave_requests a, leave_requests b WHERE a.period && b.period AND a.id < 500 AND b.id BETWEEN 1000 AND 2000;
-- fine
SELECT tenant_id, issued, sum(amount) FROM invoices WHERE tenant_id = 1 GROUP BY tenant_id, issued ORDER BY issued;
-- fine
SELECT * FROM invoices WHERE tenant_id = 9 AND issued = '2023-04-04';
-- fine
SELECT i.id, l.line FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id WHERE i.id BETWEEN 100 AND 150;
-- fine
SELECT email FROM staff WHERE tenant_id = 12 AND email LIKE 'e4%';
-- fine
SELECT dept, avg(salary) FROM staff GROUP BY dept;
-- fine
SELECT s.email FROM staff s WHERE s.tenant_id = 12 AND s.left_on IS NULL ORDER BY s.hired DESC LIMIT 5;
-- fine
SELECT count(*) FROM timesheets WHERE hours > 1;
-- fine
SELECT tenant_id, staff_id, sum(hours) FROM timesheets WHERE tenant_id = 4 GROUP BY tenant_id, staff_id;
-- fine
SELECT * FROM timesheets WHERE (tenant_id, staff_id, day) = (3, 1134, '2022-05-05');
-- fine
SELECT sum(amount) FROM ledger WHERE tenant_id = 3 AND account IN ('4007', '4008');
-- fine
SELECT * FROM rates WHERE valid_from = '2022-05-05';
-- fine
SELECT plan, count(*) FROM tenants GROUP BY plan;
-- fine
SELECT t.name FROM tenants t WHERE lower(t.name) LIKE '%7%';
-- fine
SELECT status, count(*) FROM leave_requests GROUP BY status;
-- fine
SELECT * FROM leave_requests WHERE id = 7;
-- fine
SELECT month, sum(net) FROM payslips GROUP BY month;
-- fine
SELECT coalesce(sum(amount), 0) FROM invoices WHERE tenant_id = 5 AND issued >= '2024-06-01';
-- fine
SELECT number FROM invoices WHERE tenant_id = $1 AND number = $2;
-- fine
UPDATE staff SET salary = salary * 1.02 WHERE tenant_id = 3 AND id = 1201;
-- fine
DELETE FROM timesheets WHERE tenant_id = 3 AND staff_id = 1134 AND day < '2022-02-01';
-- fine
SELECT a.id FROM invoices a WHERE a.id = (SELECT max(id) FROM invoices);
-- fine
SELECT lag(rate) OVER (ORDER BY valid_from), rate FROM rates WHERE currency = 'USD';
-- fine
SELECT count(*) FROM staff s WHERE EXISTS (SELECT FROM timesheets t WHERE t.tenant_id = s.tenant_id AND t.staff_id = s.id);
-- fine
SELECT tenant_id FROM invoices GROUP BY tenant_id HAVING sum(amount) > 1000000;
