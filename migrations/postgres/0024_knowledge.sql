-- PostgreSQL form of 0024.

-- What a dealership added to what is searched, as it was read. The index is derived from it.
create table knowledge_documents (
  id text primary key,
  tenant_id text not null references tenants (id),
  -- `upload`, or `folder` for what `auterity ingest` found; a name is unique within each
  origin text not null,
  name text not null,
  title text not null,
  kind text not null,
  departments jsonb not null,
  jurisdictions jsonb not null,
  language text not null,
  reviewed text not null,
  -- of the file and of what was said about it; the same again changes nothing
  file_hash text not null,
  -- of what it is found by; the index holds this version or another
  hash text not null,
  bytes bigint not null,
  passages bigint not null,
  created_by text references users (id),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (tenant_id, origin, name)
);
create index knowledge_documents_by_tenant on knowledge_documents (tenant_id, id);

create table knowledge_passages (
  document_id text not null references knowledge_documents (id) on delete cascade,
  place bigint not null,
  tenant_id text not null references tenants (id),
  heading text not null,
  text text not null,
  primary key (document_id, place)
);

-- Grows with every change to the documents of a tenant: an index that has seen this number has seen them all.
create table knowledge_versions (
  tenant_id text primary key references tenants (id),
  version bigint not null
);
