-- PostgreSQL form of 0001. The SQLite form has the same tables and columns; tests/store compares them.
-- Definitions and wire frames are text on both: jsonb would lose the order of keys.

-- Tenants, their stores and the people who sign in.
create table tenants (
  id text primary key,
  slug text not null unique,
  name text not null,
  created_at timestamptz not null
);
create table stores (
  tenant_id text not null references tenants (id),
  id text not null,
  name text not null,
  timezone text not null,
  state text not null,
  phone text not null,
  address text not null,
  website text not null,
  price_disclosure text not null,
  hours jsonb not null,
  primary key (tenant_id, id)
);
create table users (
  id text primary key,
  tenant_id text not null references tenants (id),
  email text not null unique,
  name text not null,
  password_hash text not null,
  role text not null,
  job_roles jsonb not null,
  teams jsonb not null,
  stores jsonb not null,
  employee_id text,
  active boolean not null,
  created_at timestamptz not null
);
create index users_by_tenant on users (tenant_id, id);
create table signing_keys (
  id text primary key,
  private_pem text not null,
  created_at timestamptz not null,
  retired_at timestamptz
);
-- One row per refresh token ever given out; a family is the chain that began with one sign-in.
create table refresh_tokens (
  token_hash text primary key,
  tenant_id text not null references tenants (id),
  user_id text not null references users (id),
  family_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
create index refresh_tokens_by_family on refresh_tokens (family_id);

-- Conversations, their messages, and the events of each run as they went over the wire.
create table conversations (
  id text primary key,
  tenant_id text not null references tenants (id),
  user_id text not null references users (id),
  title text not null,
  draft_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index conversations_by_user on conversations (tenant_id, user_id, updated_at);
create table messages (
  id text primary key,
  tenant_id text not null references tenants (id),
  conversation_id text not null references conversations (id),
  run_id text,
  seq bigint not null,
  role text not null,
  content text not null,
  tool_calls jsonb not null,
  tool_call_id text,
  created_at timestamptz not null,
  unique (conversation_id, seq)
);
create table runs (
  id text primary key,
  tenant_id text not null references tenants (id),
  conversation_id text not null references conversations (id),
  user_id text not null references users (id),
  status text not null,
  error_code text,
  owner text not null,
  lease_until timestamptz not null,
  usage jsonb not null,
  started_at timestamptz not null,
  finished_at timestamptz
);
create index runs_by_conversation on runs (tenant_id, conversation_id, started_at);
create index runs_open on runs (lease_until) where finished_at is null;
create unique index runs_one_open on runs (conversation_id) where finished_at is null;
create table run_events (
  run_id text not null references runs (id),
  seq bigint not null,
  tenant_id text not null,
  body text not null,
  created_at timestamptz not null,
  primary key (run_id, seq)
);

-- Drafts grow by revisions; a workflow is a chain of approved versions.
create table drafts (
  id text primary key,
  tenant_id text not null references tenants (id),
  conversation_id text,
  workflow_id text,
  created_by text not null references users (id),
  title text not null,
  status text not null,
  revision bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index drafts_by_tenant on drafts (tenant_id, id);
create table draft_revisions (
  draft_id text not null references drafts (id),
  revision bigint not null,
  tenant_id text not null,
  author_id text not null,
  definition text not null,
  digest text not null,
  provenance jsonb not null,
  warnings jsonb not null,
  origin text not null,
  created_at timestamptz not null,
  primary key (draft_id, revision)
);
create table workflows (
  id text primary key,
  tenant_id text not null references tenants (id),
  draft_id text not null references drafts (id),
  title text not null,
  status text not null,
  active_version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index workflows_by_tenant on workflows (tenant_id, id);
create table workflow_versions (
  workflow_id text not null references workflows (id),
  version bigint not null,
  tenant_id text not null,
  definition text not null,
  digest text not null,
  draft_id text not null,
  revision bigint not null,
  approval_id text not null,
  activated_at timestamptz not null,
  retired_at timestamptz,
  primary key (workflow_id, version)
);

-- One queue: a draft to review, or a question a running execution asks.
create table approval_requests (
  id text primary key,
  tenant_id text not null references tenants (id),
  subject_kind text not null,
  subject_id text not null,
  revision bigint,
  digest text,
  store_id text,
  title text not null,
  details jsonb not null,
  approver text not null,
  required bigint not null,
  risk text not null,
  status text not null,
  requested_by text,
  idempotency_key text,
  created_at timestamptz not null,
  expires_at timestamptz,
  decided_at timestamptz
);
create unique index approval_requests_by_key on approval_requests (tenant_id, idempotency_key);
create index approval_requests_by_status on approval_requests (tenant_id, status, id);
create index approval_requests_by_subject on approval_requests (tenant_id, subject_kind, subject_id);
create table approval_decisions (
  id text primary key,
  tenant_id text not null,
  request_id text not null references approval_requests (id),
  decided_by text not null references users (id),
  decision text not null,
  choice text,
  comment text,
  digest text,
  created_at timestamptz not null,
  unique (request_id, decided_by)
);

-- Events that came in or that our own actions caused; stored before they are acknowledged.
create table events (
  seq bigserial primary key,
  tenant_id text not null references tenants (id),
  source text not null,
  id text not null,
  type text not null,
  store_id text not null,
  envelope jsonb not null,
  depth bigint not null,
  caused_by text,
  received_at timestamptz not null,
  routed_at timestamptz,
  unique (tenant_id, source, id)
);
create index events_unrouted on events (seq) where routed_at is null;
create index events_by_type on events (tenant_id, type, seq);

-- Durable execution: the instance, its path-keyed journal, and what it listens for.
create table executions (
  id text primary key,
  tenant_id text not null references tenants (id),
  store_id text not null,
  workflow_id text not null,
  version bigint not null,
  digest text not null,
  title text not null,
  definition text not null,
  interpreter_version bigint not null,
  trigger_source text not null,
  trigger_id text not null,
  requested_by text,
  depth bigint not null,
  start_seq bigint not null,
  input text not null,
  status text not null,
  progress jsonb not null,
  output text,
  error jsonb,
  wake_at bigint not null,
  lease_owner text,
  lease_until bigint not null,
  epoch bigint not null,
  recoveries bigint not null,
  cancel_requested boolean not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  unique (tenant_id, workflow_id, trigger_source, trigger_id)
);
create index executions_due on executions (wake_at) where status in ('ready', 'waiting');
create index executions_leased on executions (lease_until) where status = 'running';
create index executions_by_tenant on executions (tenant_id, id);
create index executions_by_workflow on executions (tenant_id, workflow_id, id);
-- Values are text on both: jsonb would lose the order of keys, and a replay must see what the first run saw.
create table journal_entries (
  execution_id text not null references executions (id),
  path text not null,
  seq bigint not null,
  kind text not null,
  ok boolean not null,
  value text not null,
  recorded_at timestamptz not null,
  primary key (execution_id, path)
);
-- `correlate_from` lists the correlation expressions, `correlate_key` what they must give: an event wakes only the
-- executions it is meant for.
create table subscriptions (
  execution_id text not null references executions (id),
  path text not null,
  tenant_id text not null,
  event_type text not null,
  correlate_from text not null,
  correlate_key text not null,
  primary key (execution_id, path)
);
create index subscriptions_by_key on subscriptions (tenant_id, event_type, correlate_from, correlate_key);
create table engine_clock (
  id bigint primary key,
  offset_ms bigint not null
);
insert into engine_clock (id, offset_ms) values (1, 0);

-- What connectors did. The key is `execution#path`: a repeated call finds its first answer.
create table connector_calls (
  tenant_id text not null,
  idempotency_key text not null,
  action text not null,
  output jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, idempotency_key)
);
create table once_keys (
  tenant_id text not null,
  workflow_id text not null,
  once_key text not null,
  holder text not null,
  expires_at timestamptz not null,
  primary key (tenant_id, workflow_id, once_key)
);
create table outbox (
  id text primary key,
  tenant_id text not null references tenants (id),
  store_id text not null,
  execution_id text,
  idempotency_key text not null,
  channel text not null,
  customer_id text,
  recipient text not null,
  subject text,
  body text not null,
  purpose text,
  topic text,
  status text not null,
  reason text,
  created_at timestamptz not null,
  unique (tenant_id, idempotency_key, recipient)
);
create index outbox_by_tenant on outbox (tenant_id, id);
create index outbox_by_customer on outbox (tenant_id, customer_id, created_at);

-- The trade's system of record: jsonb checked against the entity's schema.
create table records (
  tenant_id text not null references tenants (id),
  entity text not null,
  id text not null,
  store_id text not null,
  data jsonb not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, entity, id)
);
create index records_by_customer on records (tenant_id, entity, (data ->> 'customer_id'));
create index records_by_email on records (tenant_id, entity, (data ->> 'email'));
create index records_by_phone on records (tenant_id, entity, (data ->> 'phone'));
create index records_by_mobile on records (tenant_id, entity, (data ->> 'mobile'));

-- Hash-chained per tenant: each row's hash covers the one before it.
create table audit_entries (
  tenant_id text not null references tenants (id),
  seq bigint not null,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  details jsonb not null,
  previous_hash text not null,
  hash text not null,
  primary key (tenant_id, seq)
);
