-- Consent belongs to a number or address: the gate asks for every revocation of the one it is about to use.
create index records_by_address on records (tenant_id, entity, (data ->> 'address'));

-- Records made before these fields existed.
update records set data = json_set(data, '$.address', null) where entity = 'consent';
update records set data = json_set(data, '$.email', null, '$.phone', null, '$.mobile', null) where entity = 'lead';
update records set data = json_set(data,
    '$.stocked_in_on', date(updated_at, '-' || (data ->> 'days_in_stock') || ' days'),
    '$.status_since', strftime('%Y-%m-%dT%H:%M:%SZ', updated_at, '-' || (data ->> 'days_in_status') || ' days'))
  where entity = 'vehicle';
update records set data = json_set(data,
    '$.status_since', strftime('%Y-%m-%dT%H:%M:%SZ', updated_at, '-' || (data ->> 'minutes_in_status') || ' minutes'))
  where entity = 'repair_order';

-- Whose turn it is on a list of people (`lakeside-main/internet_sales`): who was last, and how many turns there were.
create table rotations (
  tenant_id text not null references tenants (id),
  list text not null,
  last text not null,
  turns bigint not null,
  primary key (tenant_id, list)
);
