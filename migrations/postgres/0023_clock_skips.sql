-- PostgreSQL form of 0023. The SQLite form has the same tables and columns.

-- Skips of the engine's clock, by the name their request has: one that is sent again after a crash moves nothing more.
-- `answer` is what was due where the clock went, when it was asked for that. Kept for a day or two.
create table clock_skips (
  name text primary key,
  answer jsonb,
  made_at timestamptz not null
);

-- Turns are taken in `rotations`; nothing counts the calls of an action any more.
drop index connector_calls_by_action;
