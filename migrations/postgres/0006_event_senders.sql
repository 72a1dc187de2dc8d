-- PostgreSQL form of 0006.

-- Systems that sign the events they send with a secret of their own instead of signing in. The secret is kept as it is:
-- a signature can only be checked with the secret itself.
create table event_senders (
  id text primary key,
  tenant_id text not null references tenants (id),
  name text not null,
  source text not null,
  secret text not null,
  created_by text not null references users (id),
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index event_senders_by_tenant on event_senders (tenant_id, id);
