import { useRead } from '../api/live';
import { useStores } from '../api/stores';
import type { OutboxEntry, Page } from '../api/types';
import { useWords } from '../i18n';
import { Link } from '../router';
import { Badge, Empty, Loading, Problem } from '../ui/parts';

/** What was sent, deferred or blocked, and why: in the sandbox nothing leaves the house. */
export default function Outbox() {
  const { t, time, maybe } = useWords();
  const { zoneOf } = useStores();
  const read = useRead<Page<OutboxEntry>>('/v1/outbox', ['outbox', 'execution', 'clock']);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('nav.outbox')}</h1>
        <p className="quiet">{t('outbox.hint')}</p>
      </header>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {!read.data && read.loading ? <Loading /> : null}
      {read.data?.items.length === 0 ? <Empty title={t('outbox.none')} /> : null}
      <ul className="cards">
        {read.data?.items.map((entry) => (
          <li key={entry.id} className="card card-flat">
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
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The colleague a notice to staff went to: the server puts the name where mail has its subject. */
function named(entry: OutboxEntry): string | undefined {
  return entry.channel.startsWith('staff_') ? (entry.subject ?? undefined) : undefined;
}
