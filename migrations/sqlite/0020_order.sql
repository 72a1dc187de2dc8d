-- SQLite form of 0020. There is one writer, so places in the event log are in the order of commits by themselves.
-- The newest event of a dealer group: where a `listen` that begins now begins.
create index events_by_tenant on events (tenant_id, seq);

-- With the id, as the other fields by which records are looked up: found in the order in which they are listed.
drop index records_by_address;
create index records_by_address on records (tenant_id, entity, (data ->> 'address'), id);
