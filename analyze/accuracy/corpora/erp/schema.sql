-- What a company's software keeps for its tenants: staff, invoices, a ledger. Tenant 1 has two fifths of the invoices.
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, plan text NOT NULL);
INSERT INTO tenants SELECT g, 'Tenant ' || g, 'p' || g % 3 FROM generate_series(1, 60) g;
CREATE TABLE staff (tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, email text NOT NULL, surname text NOT NULL, manager_id int, hired date NOT NULL, left_on date, salary numeric(10,2) NOT NULL, dept text NOT NULL, building text NOT NULL, floor int NOT NULL, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email));
INSERT INTO staff SELECT (g - 1) / 400 + 1, g, 'e' || g || '@t' || (g - 1) / 400 + 1 || '.example', 'S' || md5(g::text), CASE WHEN g % 400 <> 1 THEN (g - 1) / 400 * 400 + (g - 1) % 400 / 8 + 1 END, '2015-01-01'::date + g % 3000,
    CASE WHEN g % 20 = 3 THEN '2024-01-01'::date + g % 300 END, 2000 + (g * 7919::bigint) % 6007, 'D' || g % 20, 'B' || g % 20, g % 20 FROM generate_series(1, 24000) g;
CREATE TABLE invoices (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, number varchar(20) NOT NULL, customer_no int NOT NULL, state text NOT NULL, issued date NOT NULL, due date NOT NULL, paid_at timestamptz, amount numeric(12,2) NOT NULL, currency char(3) NOT NULL, remark text, UNIQUE (tenant_id, number));
INSERT INTO invoices SELECT g, CASE WHEN g % 5 < 2 THEN 1 ELSE 2 + g % 59 END, 'INV-' || lpad(g::text, 7, '0'), (g * 7919::bigint) % 9000 + 1, CASE WHEN g % 200 = 0 THEN 'disputed' WHEN g % 50 = 0 THEN 'open' ELSE 'paid' END,
    '2022-01-01'::date + g / 110, '2022-01-31'::date + g / 110, CASE WHEN g % 50 <> 0 THEN '2022-01-21 00:00+00'::timestamptz + g / 110 * interval '1 day' END, (g * 31::bigint) % 500000 / 100.0, (ARRAY['EUR', 'USD', 'GBP', 'CHF', 'SEK'])[g % 5 + 1], 'remark ' || md5(g::text) FROM generate_series(1, 120000) g;
CREATE INDEX ON invoices (tenant_id, issued);
CREATE TABLE invoice_lines (invoice_id bigint NOT NULL REFERENCES invoices, line int NOT NULL, sku text NOT NULL, qty int NOT NULL, price numeric(12,2) NOT NULL, PRIMARY KEY (invoice_id, line));
INSERT INTO invoice_lines SELECT (g + 1) / 2, g % 2, 'P-' || (g * 7919::bigint) % 4000, g % 9 + 1, g % 997 FROM generate_series(1, 240000) g;
CREATE TABLE ledger (id uuid PRIMARY KEY, tenant_id int NOT NULL, account varchar(12) NOT NULL, booked timestamptz NOT NULL, amount numeric(14,2) NOT NULL, ref_type text, ref_id bigint);
INSERT INTO ledger SELECT md5('l' || g)::uuid, g % 60 + 1, (4000 + (g * 7919::bigint) % 800)::text, '2022-01-01 00:00+00'::timestamptz + g * interval '13 minutes', g % 5003, CASE WHEN g % 3 = 0 THEN 'invoice' ELSE 'payroll' END, g FROM generate_series(1, 120000) g;
CREATE INDEX ON ledger (tenant_id, account, booked);
CREATE TABLE timesheets (id int PRIMARY KEY, tenant_id int NOT NULL, staff_id int NOT NULL, day date NOT NULL, hours numeric(4,2) NOT NULL, project_code text NOT NULL);
INSERT INTO timesheets SELECT g, (g * 7919::bigint % 24000) / 400 + 1, g * 7919::bigint % 24000 + 1, '2022-01-01'::date + g / 140, g % 8 + 1, 'X' || g % 500 FROM generate_series(1, 150000) g;
CREATE INDEX ON timesheets (tenant_id, staff_id, day);
CREATE TABLE rates (currency char(3), valid_from date, rate numeric NOT NULL, PRIMARY KEY (currency, valid_from));
INSERT INTO rates SELECT c, '2022-01-01'::date + d, 1 + d % 100 / 1000.0 FROM unnest(ARRAY['EUR', 'USD', 'GBP', 'CHF', 'SEK']) c, generate_series(0, 364) d;
CREATE TABLE leave_requests (id int PRIMARY KEY, tenant_id int NOT NULL, staff_id int NOT NULL, period daterange NOT NULL, status text NOT NULL);
INSERT INTO leave_requests SELECT g, g % 60 + 1, g * 2, daterange('2022-01-01'::date + g % 1000, '2022-01-06'::date + g % 1000), CASE WHEN g % 40 = 0 THEN 'pending' ELSE 'granted' END FROM generate_series(1, 12000) g;
CREATE TABLE payslips (id int PRIMARY KEY, tenant_id int NOT NULL, staff_id int NOT NULL, month date NOT NULL, net numeric(10,2) NOT NULL, FOREIGN KEY (tenant_id, staff_id) REFERENCES staff);
INSERT INTO payslips SELECT g, (g * 31::bigint % 24000) / 400 + 1, g * 31::bigint % 24000 + 1, '2022-01-01'::date + g / 24000 * 31, 1500 + g % 3000 FROM generate_series(1, 60000) g;
CREATE VIEW open_invoices AS SELECT id, tenant_id, number, customer_no, due, amount, currency FROM invoices WHERE state = 'open';
VACUUM ANALYZE;
