-- Events that wait for the others of a `schedule.on.all`. They stay after the start, marked with what they started: an
-- event routed a second time must find what it was used for, and not start anything again.
create table gathered_events (
  workflow_id text not null,
  version bigint not null,
  store_id text not null,
  correlate_key text not null,
  event_seq bigint not null,
  tenant_id text not null references tenants (id),
  taken_by text,
  primary key (workflow_id, version, store_id, correlate_key, event_seq)
);
