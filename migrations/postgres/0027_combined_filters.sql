-- PostgreSQL form of 0027. The SQLite form has the same indexes.

-- Lists may be asked for by several filters at once. Each index of a filter holds the columns of the others behind the
-- id, so that what does not fit is passed over in the index and no row is read for it.
drop index executions_by_workflow;
drop index executions_by_status;
drop index executions_by_store;
create index executions_by_workflow on executions (tenant_id, workflow_id, id, status, store_id);
create index executions_by_status on executions (tenant_id, status, id, workflow_id, store_id);
create index executions_by_store on executions (tenant_id, store_id, id, status, workflow_id);

drop index outbox_by_workflow;
drop index outbox_by_status;
drop index outbox_by_channel;
drop index outbox_by_store;
create index outbox_by_workflow on outbox (tenant_id, workflow_id, id, status, channel, store_id);
create index outbox_by_status on outbox (tenant_id, status, id, channel, workflow_id, store_id);
create index outbox_by_channel on outbox (tenant_id, channel, id, status, workflow_id, store_id);
create index outbox_by_store on outbox (tenant_id, store_id, id, status, channel, workflow_id);
