import { useEffect } from 'react';

import { useRead } from '../api/live';
import { usePages, withQuery } from '../api/pages';
import { useStores } from '../api/stores';
import type { OutboxEntry, Page, Workflow } from '../api/types';
import { useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { Choice, Filters, ListPage, Rows } from '../ui/List';
import { Badge, Empty } from '../ui/parts';
import { reveal } from '../ui/reveal';

const STATES = ['sent', 'held', 'blocked'] as const;
const CHANNELS = ['sms', 'email', 'phone', 'staff_app', 'staff_sms', 'staff_email', 'note', 'task'] as const;

/** What was sent or blocked, and why: in the sandbox nothing leaves the house. */
export default function Outbox() {
  const { t, maybe } = useWords();
  const { all: stores } = useStores();
  const [filters, setFilters] = useFilters();
  const workflows = useRead<Page<Workflow>>('/v1/workflows?limit=200', ['workflow']);
  const { status, store, channel, workflow, execution, entry } = filters;
  const path = withQuery('/v1/outbox', { status, store, channel, workflow, execution });
  const pages = usePages<OutboxEntry>(path, ['outbox', 'execution', 'clock'], (row) => row.id);
  const found = pages.items?.some((row) => row.id === entry);

  // A link from a story leads to its row.
  useEffect(() => {
    if (!entry || !found) return;
    return reveal(document.getElementById(entry));
  }, [entry, found]);

  return (
    <ListPage title={t('nav.outbox')} hint={t('outbox.hint')}>
      <Filters>
        <Choice label={t('list.state')} value={status} options={STATES.map((state) => [state, maybe(`state.${state}`, state)] as const)} onChange={(value) => setFilters({ status: value, entry: '' })} />
        <Choice label={t('list.channel')} value={channel} options={CHANNELS.map((name) => [name, maybe(`channel.${name}`, name)] as const)} onChange={(value) => setFilters({ channel: value, entry: '' })} />
        {stores.length > 1 ? (
          <Choice label={t('list.store')} value={store} options={stores.map(({ id, name }) => [id, name] as const)} onChange={(value) => setFilters({ store: value, entry: '' })} />
        ) : null}
        <Choice label={t('list.workflow')} value={workflow} options={(workflows.data?.items ?? []).map(({ id, title }) => [id, title] as const)} onChange={(value) => setFilters({ workflow: value, entry: '' })} />
        {execution ? (
          <button type="button" className="chip chip-main" onClick={() => setFilters({ execution: '', entry: '' })}>
            {t('outbox.one_execution')} <span aria-hidden="true">×</span>
            <span className="hidden">{t('list.clear')}</span>
          </button>
        ) : null}
      </Filters>
      <Rows
        pages={pages}
        label={t('nav.outbox')}
        filtered={Boolean(status || store || channel || workflow || execution)}
        keyOf={(row) => row.id}
        empty={
          <Empty title={t('outbox.none')}>
            <p className="quiet">{t('outbox.none_hint')}</p>
          </Empty>
        }
        row={(row) => <Entry entry={row} shown={row.id === entry} />}
      />
    </ListPage>
  );
}

function Entry({ entry, shown }: { entry: OutboxEntry; shown: boolean }) {
  const { t, time, maybe } = useWords();
  const { zoneOf } = useStores();
  return (
    <div className={`card-flat${shown ? ' card-shown' : ''}`} id={entry.id} tabIndex={shown ? -1 : undefined}>
      <span className="row">
        <strong>
          {maybe(`channel.${entry.channel}`, entry.channel)} → {named(entry) ?? entry.recipient}
        </strong>
        <Badge state={entry.status} />
      </span>
      {entry.subject && !named(entry) ? <p className="subject">{entry.subject}</p> : null}
      <p className="bubble">{entry.body}</p>
      {entry.reason ? (
        <p className="small">
          <strong>{t('outbox.reason')}</strong> {maybe(`reason.${entry.reason}`, entry.reason.replaceAll('_', ' '))}
        </p>
      ) : null}
      {entry.held_until ? (
        <p className="small">{t('outbox.held_until', { time: time(entry.held_until, zoneOf(entry.store_id)) })}</p>
      ) : null}
      <p className="quiet small">
        {time(entry.created_at, zoneOf(entry.store_id))}
        {entry.purpose ? ` · ${maybe(`purpose.${entry.purpose}`, entry.purpose)}` : ''}
        {entry.execution_id ? (
          <>
            {' · '}
            <Link to={`executions/${entry.execution_id}`}>{t('outbox.execution')}</Link>
          </>
        ) : null}
      </p>
    </div>
  );
}

/** The colleague a notice to staff went to: the server puts the name where mail has its subject. */
function named(entry: OutboxEntry): string | undefined {
  return entry.channel.startsWith('staff_') ? (entry.subject ?? undefined) : undefined;
}
