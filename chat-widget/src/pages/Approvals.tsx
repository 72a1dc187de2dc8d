import { useRead } from '../api/live';
import { usePages, withQuery } from '../api/pages';
import type { QueueEntry, Review } from '../api/types';
import { type Key, useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { inPlainWords } from '../ui/Changes';
import { Filters, ListPage, Rows, Switch } from '../ui/List';
import { Badge, Empty, Facts, Loading, Problem, Section, Time } from '../ui/parts';
import { Decide } from './approvals/Decide';
import { HandOn } from './approvals/HandOn';
import { Question } from './approvals/Question';
import { ReviewedDraft } from './approvals/ReviewedDraft';

const KINDS: Record<QueueEntry['subject_kind'], Key> = {
  draft: 'approvals.of_draft',
  execution: 'approvals.of_execution',
  workflow: 'approvals.of_workflow',
};

export default function Approvals({ id }: { id?: string }) {
  return id ? <ApprovalDetail key={id} id={id} /> : <Queue />;
}

function Queue() {
  const { t } = useWords();
  const [{ show: shown }, setFilters] = useFilters();
  const all = shown === 'all';
  const path = withQuery('/v1/approvals', { status: all ? '' : 'pending' });
  const pages = usePages<QueueEntry>(path, ['approval', 'draft'], (entry) => entry.id);
  return (
    <ListPage title={t('nav.approvals')}>
      <Filters>
        <Switch
          label={t('approvals.filter')}
          names={[
            ['pending', t('approvals.pending')],
            ['all', t('approvals.all')],
          ]}
          value={all ? 'all' : 'pending'}
          onChange={(name) => setFilters({ show: name === 'all' ? 'all' : '' })}
        />
      </Filters>
      <Rows
        pages={pages}
        label={t('nav.approvals')}
        keyOf={(entry) => entry.id}
        empty={
          <Empty title={t('approvals.none')}>
            <p className="quiet">{t('approvals.none_hint')}</p>
          </Empty>
        }
        row={(entry) => <QueueRow entry={entry} />}
      />
    </ListPage>
  );
}

function QueueRow({ entry }: { entry: QueueEntry }) {
  const { t, maybe } = useWords();
  return (
    <Link to={`approvals/${entry.id}`} className="card-link">
      <span className="row">
        <strong>{entry.title}</strong>
        <Badge state={entry.status} />
      </span>
      <span className="quiet small">
        {t(KINDS[entry.subject_kind])} · {maybe(`risk.${entry.risk}`, inPlainWords(entry.risk))} · <Time at={entry.created_at} />
        {entry.required > 1 ? ` · ${t('approvals.progress', { have: entry.approvals, need: entry.required })}` : ''}
      </span>
      {entry.status === 'pending' ? (
        <span className={`small ${entry.may_decide ? 'for-you' : 'quiet'}`}>
          {entry.may_decide ? t('approvals.yours') : maybe(`standing.${entry.standing}`, t('approvals.not_yours'))}
          {entry.reminders > 0 ? ` · ${t('approvals.reminded', { count: entry.reminders })}` : ''}
        </span>
      ) : null}
    </Link>
  );
}

function ApprovalDetail({ id }: { id: string }) {
  const { t, maybe, language } = useWords();
  const read = useRead<Review>(`/v1/approvals/${encodeURIComponent(id)}`, ['approval', 'draft']);
  const review = read.data;
  return (
    <div className="page page-wide">
      <p className="back">
        <Link to="approvals">← {t('nav.approvals')}</Link>
      </p>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {!review && read.loading ? <Loading /> : null}
      {review ? (
        <div className="review">
          <article className="review-what">
            <header>
              <div className="row">
                <h1>{review.title}</h1>
                <Badge state={review.status} />
              </div>
              {review.draft ? <p className="lead">{review.draft.readback[language].summary}</p> : null}
            </header>
            {review.draft ? <ReviewedDraft review={review} /> : <Question review={review} />}
          </article>
          <aside className="review-side" aria-label={t('approvals.decision')}>
            <Facts
              rows={[
                [t('approvals.risk'), maybe(`risk.${review.risk}`, inPlainWords(review.risk))],
                [t('approvals.asked'), <Time key="at" at={review.created_at} />],
                ...(review.subject_kind === 'draft'
                  ? ([[t('approvals.authors'), review.authors.map((person) => person.name ?? person.id).join(', ') || '—']] as [
                      string,
                      React.ReactNode,
                    ][])
                  : []),
                [t('approvals.deciders'), review.deciders.map((person) => person.name ?? person.id).join(', ') || '—'],
                ...(review.required > 1
                  ? ([[t('approvals.needed'), String(review.required)]] as [string, string][])
                  : []),
                ...(review.status === 'pending' && review.rung !== 'asked'
                  ? ([[t('approvals.rung'), t(`rung.${review.rung}`)]] as [string, string][])
                  : []),
                ...(review.reminders > 0 ? ([[t('approvals.reminders'), String(review.reminders)]] as [string, string][]) : []),
                ...(review.expires_at
                  ? ([[t('approvals.expires'), <Time key="ex" at={review.expires_at} />]] as [string, React.ReactNode][])
                  : []),
              ]}
            />
            {review.digest ? (
              <div className="digest">
                <span className="quiet small">{t('approvals.digest')}</span>
                <code>{review.digest.replace('sha256:', '')}</code>
                <span className="quiet small">{t('approvals.digest_hint')}</span>
              </div>
            ) : null}
            {review.decisions.length > 0 ? (
              <Section title={t('approvals.decisions')}>
                <ol className="decisions">
                  {review.decisions.map((decision) => (
                    <li key={decision.decided_by + decision.created_at}>
                      <Badge state={decision.decision} /> {decision.name ?? decision.decided_by},{' '}
                      <Time at={decision.created_at} />
                      {decision.choice ? <p>{maybe(`choice.${decision.choice}`, decision.choice)}</p> : null}
                      {decision.comment ? <blockquote>{decision.comment}</blockquote> : null}
                    </li>
                  ))}
                </ol>
              </Section>
            ) : null}
            {review.delegations.length > 0 ? (
              <Section title={t('delegations.title')}>
                <ul className="decisions">
                  {review.delegations.map((step) => (
                    <li key={step.created_at}>
                      {t('delegations.step', { from: step.from.name ?? step.from.id, to: step.to.name ?? step.to.id })},{' '}
                      <Time at={step.created_at} />
                    </li>
                  ))}
                </ul>
              </Section>
            ) : null}
            <div className="verdict">
              <Decide review={review} done={read.reload} />
              {review.successors.length > 0 ? <HandOn review={review} done={read.reload} /> : null}
            </div>
          </aside>
        </div>
      ) : null}
    </div>
  );
}
