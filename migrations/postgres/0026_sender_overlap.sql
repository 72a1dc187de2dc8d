-- PostgreSQL form of 0026. The SQLite form has the same tables and columns.

-- While a system's secret is changed, what it signs with the one before is taken until `old_secret_until`.
alter table event_senders add column old_secret text;
alter table event_senders add column old_secret_until timestamptz;
