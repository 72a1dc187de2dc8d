-- What model calls took, by user and UTC day (days since 1970-01-01). A tenant's day is the sum of its users' rows: one
-- row per user, so that turns of different people never wait for each other. Money in millionths of a dollar.
create table model_spending (
  tenant_id text not null references tenants (id),
  day bigint not null,
  user_id text not null references users (id),
  model_calls bigint not null,
  input_tokens bigint not null,
  cached_tokens bigint not null,
  output_tokens bigint not null,
  cost_microdollars bigint not null,
  primary key (tenant_id, day, user_id)
);

-- The prompts a message of the assistant was written under, as `name@version`, separated by spaces.
alter table messages add column prompts text;
