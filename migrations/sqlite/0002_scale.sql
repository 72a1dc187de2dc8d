-- What several processes on one database need, and the indexes that 100,000 executions need. migrations/README.md says of
-- every index which statement uses it, with its plan.

-- Whoever drives a run looks here: the wish to stop it may come in at another process.
alter table runs add column cancel_requested boolean not null default false;

-- Failed sign-ins in a row, by a hash of address and account; rows end with the pause.
create table sign_in_failures (
  key text primary key,
  failures bigint not null,
  last_at text not null
);
create index sign_in_failures_by_end on sign_in_failures (last_at);

create index refresh_tokens_by_user on refresh_tokens (tenant_id, user_id);
create index refresh_tokens_by_end on refresh_tokens (expires_at);

-- The id decides between two of the same moment, so that a page ends at one place.
drop index conversations_by_user;
create index conversations_by_user on conversations (tenant_id, user_id, updated_at, id);
-- No statement lists the runs of a conversation; the open one is found by runs_one_open.
drop index runs_by_conversation;

create index workflow_versions_by_tenant on workflow_versions (tenant_id, workflow_id);
create index drafts_by_status on drafts (tenant_id, status, id);
create index workflows_by_status on workflows (tenant_id, status, id);
create index approval_requests_by_tenant on approval_requests (tenant_id, id);
drop index approval_requests_by_subject;
create index approval_requests_by_subject on approval_requests (tenant_id, subject_kind, subject_id, id);
create index approval_requests_by_kind on approval_requests (tenant_id, subject_kind, id);

create index executions_by_status on executions (tenant_id, status, id);
create index executions_unfinished on executions (tenant_id, workflow_id) where finished_at is null;
create index executions_by_owner on executions (lease_owner) where status = 'running';
create index outbox_by_execution on outbox (tenant_id, execution_id, id);
create index events_of_customer on events (tenant_id, (envelope -> 'data' ->> 'customer_id'), seq)
  where type = 'customer.message.received';
create index connector_calls_by_action on connector_calls (tenant_id, action);
-- With the id at the end: found by value and already in order. Without it SQLite walks the whole entity in order instead.
drop index records_by_customer;
drop index records_by_email;
drop index records_by_phone;
drop index records_by_mobile;
create index records_by_customer on records (tenant_id, entity, (data ->> 'customer_id'), id);
create index records_by_email on records (tenant_id, entity, (data ->> 'email'), id);
create index records_by_phone on records (tenant_id, entity, (data ->> 'phone'), id);
create index records_by_mobile on records (tenant_id, entity, (data ->> 'mobile'), id);
create index records_by_stock on records (tenant_id, entity, (data ->> 'stock'), id);
create index records_by_vin on records (tenant_id, entity, (data ->> 'vin'), id);
create index records_by_part on records (tenant_id, entity, (data ->> 'part_number'), id);
