-- Consent belongs to a number or address: the gate asks for every revocation of the one it is about to use.
create index records_by_address on records (tenant_id, entity, (data ->> 'address'));

-- Records made before these fields existed.
update records set data = data || '{"address": null}' where entity = 'consent';
update records set data = data || '{"email": null, "phone": null, "mobile": null}' where entity = 'lead';
update records set data = data || jsonb_build_object(
    'stocked_in_on', to_char((updated_at at time zone 'utc') - (data ->> 'days_in_stock')::int * interval '1 day', 'YYYY-MM-DD'),
    'status_since', to_char((updated_at at time zone 'utc') - (data ->> 'days_in_status')::int * interval '1 day',
                            'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  where entity = 'vehicle';
update records set data = data || jsonb_build_object(
    'status_since', to_char((updated_at at time zone 'utc') - (data ->> 'minutes_in_status')::int * interval '1 minute',
                            'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  where entity = 'repair_order';

-- Whose turn it is on a list of people (`lakeside-main/internet_sales`): who was last, and how many turns there were.
create table rotations (
  tenant_id text not null references tenants (id),
  list text not null,
  last text not null,
  turns bigint not null,
  primary key (tenant_id, list)
);
