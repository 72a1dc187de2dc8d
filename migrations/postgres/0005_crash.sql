-- PostgreSQL form of 0005. The SQLite form has the same tables and columns.

-- A message that waits for permitted hours is shown at once, as `held`, with the moment it will be tried again.
alter table outbox add column held_until timestamptz;
create index outbox_held on outbox (execution_id) where status = 'held';

-- The engines' look at what is paused.
create index workflows_paused on workflows (id) where status = 'paused';

-- Requests that carry an Idempotency-Key, and the answer the first of them got. `locked_until` bounds how long one that
-- crashed counts as being worked on; `seed` gives what the request makes its id, so that an attempt after a crash makes
-- the same again.
create table idempotency_keys (
  tenant_id text not null references tenants (id),
  user_id text not null,
  route text not null,
  idempotency_key text not null,
  fingerprint text not null,
  seed text not null,
  locked_until timestamptz not null,
  expires_at timestamptz not null,
  status bigint,
  content_type text,
  body text,
  primary key (tenant_id, user_id, route, idempotency_key)
);
create index idempotency_keys_expired on idempotency_keys (expires_at);
