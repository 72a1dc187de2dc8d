-- Places in the event log are given in the order in which events become visible. A sequence alone gives the lower number
-- to whoever asks first, and that transaction may commit last: a `listen` that begins after the higher number would
-- never see its event. So whoever stores an event of a dealer group holds the group's place in line from before the
-- number is drawn until the commit. Those of other groups do not wait.
create function place_event() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('events/' || new.tenant_id, 0));
  new.seq := nextval('events_seq_seq');
  return new;
end
$$;
alter table events alter column seq drop default;
create trigger events_in_order before insert on events for each row execute function place_event();
-- The newest event of a dealer group: where a `listen` that begins now begins.
create index events_by_tenant on events (tenant_id, seq);

-- With the id, as the other fields by which records are looked up: found in the order in which they are listed.
drop index records_by_address;
create index records_by_address on records (tenant_id, entity, (data ->> 'address'), id);

-- A list finds what it is asked for by an index, whichever filter is set and however rare what fits.
create index executions_by_store on executions (tenant_id, store_id, id);
create index outbox_by_status on outbox (tenant_id, status, id);
create index outbox_by_channel on outbox (tenant_id, channel, id);
create index outbox_by_store on outbox (tenant_id, store_id, id);
-- The workflow of the execution that put it out.
alter table outbox add column workflow_id text;
update outbox set workflow_id = (select workflow_id from executions where executions.id = outbox.execution_id);
create index outbox_by_workflow on outbox (tenant_id, workflow_id, id);
