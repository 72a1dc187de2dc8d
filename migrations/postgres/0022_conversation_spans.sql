-- PostgreSQL form of 0022.

-- Text that came into a conversation beside its messages: what the page around the widget said, the comment of whoever
-- decided. It is kept so that a later turn still knows that such words are not the author's. The digest is of origin,
-- label and body: a page says the same with every message, and it is kept once.
create table conversation_spans (
  tenant_id text not null references tenants (id),
  conversation_id text not null references conversations (id),
  digest text not null,
  origin text not null,
  label text not null,
  body text not null,
  created_at timestamptz not null,
  primary key (tenant_id, conversation_id, digest)
);
