-- PostgreSQL form of 0004: timers of requests, delegation, the order of decisions, the end of a pause.

-- Engine time of the next reminder, as `expires_at`, and how many went out: due times are stored, so that a restart
-- loses none and two processes do not double them.
alter table approval_requests add column remind_at timestamptz;
alter table approval_requests add column reminders bigint not null default 0;
-- The sweep asks for pending requests that are due; a pending request is a rare one.
create index approval_requests_remind on approval_requests (remind_at) where status = 'pending';
create index approval_requests_expire on approval_requests (expires_at) where status = 'pending';
-- Its place among the decisions on its request, from 1.
alter table approval_decisions add column place bigint not null default 1;
-- Who handed a request to whom, in order.
create table approval_delegations (
  request_id text not null references approval_requests (id),
  place bigint not null,
  tenant_id text not null,
  from_user text not null,
  to_user text not null,
  created_at timestamptz not null,
  primary key (request_id, place)
);
-- Engine time at which the last pause ended.
alter table workflows add column resumed_at timestamptz;
