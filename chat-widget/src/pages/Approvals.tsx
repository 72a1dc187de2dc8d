import { useState } from 'react';

import { useAct } from '../api/act';
import { post } from '../api/client';
import { useRead } from '../api/live';
import { usePages, withQuery } from '../api/pages';
import type { Decided, QueueEntry, Review } from '../api/types';
import { useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { ChangeList, Diagnostics, inPlainWords, Messages, show, Sources, Warnings } from '../ui/Changes';
import { Filters, ListPage, Rows, Switch } from '../ui/List';
import { Badge, Empty, Facts, Loading, Problem, Section, Time } from '../ui/parts';
import { Plan } from '../ui/Plan';

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
        {t(entry.subject_kind === 'draft' ? 'approvals.of_draft' : 'approvals.of_execution')} ·{' '}
        {maybe(`risk.${entry.risk}`, inPlainWords(entry.risk))} · <Time at={entry.created_at} />
        {entry.required > 1 ? ` · ${t('approvals.progress', { have: entry.approvals, need: entry.required })}` : ''}
      </span>
      {entry.status === 'pending' ? (
        <span className={`small ${entry.may_decide ? 'for-you' : 'quiet'}`}>
          {entry.may_decide ? t('approvals.yours') : maybe(`standing.${entry.standing}`, t('approvals.not_yours'))}
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
            {review.draft ? (
              <ReviewedDraft review={review} />
            ) : (
              <Section title={t('approvals.question')}>
                <Details details={review.details} />
                <p>
                  <Link to={`executions/${review.subject_id}`}>{t('approvals.see_execution')}</Link>
                </p>
              </Section>
            )}
          </article>
          <aside className="review-side" aria-label={t('approvals.decision')}>
            <Facts
              rows={[
                [t('approvals.risk'), maybe(`risk.${review.risk}`, inPlainWords(review.risk))],
                [t('approvals.asked'), <Time key="at" at={review.created_at} />],
                [t('approvals.authors'), review.authors.map((person) => person.name ?? person.id).join(', ') || '—'],
                [t('approvals.deciders'), review.deciders.map((person) => person.name ?? person.id).join(', ') || '—'],
                ...(review.required > 1
                  ? ([[t('approvals.needed'), String(review.required)]] as [string, string][])
                  : []),
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
                <ul className="decisions">
                  {review.decisions.map((decision) => (
                    <li key={decision.decided_by + decision.created_at}>
                      <Badge state={decision.decision} /> {decision.name ?? decision.decided_by},{' '}
                      <Time at={decision.created_at} />
                      {decision.choice ? <p>{decision.choice}</p> : null}
                      {decision.comment ? <blockquote>{decision.comment}</blockquote> : null}
                    </li>
                  ))}
                </ul>
              </Section>
            ) : null}
            <Decide review={review} done={read.reload} />
          </aside>
        </div>
      ) : null}
    </div>
  );
}

function ReviewedDraft({ review }: { review: Review }) {
  const { t, language } = useWords();
  const draft = review.draft;
  if (!draft) return null;
  return (
    <>
      {draft.running_version ? (
        <Section title={t('approvals.diff', { version: draft.running_version })} count={draft.changes.length}>
          {draft.changes.length > 0 ? <ChangeList changes={draft.changes} /> : <p className="quiet">{t('approvals.same')}</p>}
        </Section>
      ) : review.status === 'pending' ? (
        <p className="quiet">{t('approvals.first')}</p>
      ) : null}
      <Plan title={t('draft.does')} reading={draft} changes={draft.changes} before={draft.running} />
      {draft.overlaps.length > 0 ? (
        <Section title={t('approvals.overlaps')} count={draft.overlaps.length}>
          <ul className="findings">
            {draft.overlaps.map((overlap) => (
              <li key={overlap.workflow_id} className="finding finding-warning">
                <Link to={`workflows/${overlap.workflow_id}`}>{overlap.title}</Link>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {draft.warnings.length > 0 ? (
        <Section title={t('draft.warnings')} count={draft.warnings.length}>
          <Warnings list={draft.warnings} />
        </Section>
      ) : null}
      {draft.diagnostics.length > 0 ? (
        <Section title={t('draft.findings')} count={draft.diagnostics.length}>
          <Diagnostics list={draft.diagnostics} />
        </Section>
      ) : null}
      {draft.messages.length > 0 ? (
        <Section title={t('messages.title')} count={draft.messages.length}>
          <Messages list={draft.messages} readback={draft.readback[language]} />
        </Section>
      ) : null}
      <Section title={t('sources.title')}>
        <Sources definition={draft.definition} provenance={draft.provenance} readback={draft.readback[language]} />
      </Section>
      <details className="more">
        <summary>{t('draft.document')}</summary>
        <pre tabIndex={0}>{JSON.stringify(draft.definition, null, 2)}</pre>
      </details>
    </>
  );
}

function Details({ details }: { details: Record<string, unknown> }) {
  const { maybe } = useWords();
  const rows = Object.entries(details).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return (
    <Facts
      rows={rows.map(([name, value]) => [
        maybe(`detail.${name}`, inPlainWords(name)),
        Array.isArray(value) ? value.map(show).join(', ') : show(value),
      ])}
    />
  );
}

function Decide({ review, done }: { review: Review; done: () => void }) {
  const { t, maybe } = useWords();
  const [comment, setComment] = useState('');
  const { working, problem, run } = useAct(done);
  const [decided, setDecided] = useState<Decided>();
  if (review.status !== 'pending' || decided) {
    if (!decided) return null;
    return (
      <div className="notice notice-good" role="status">
        <p>{t(decided.approval.status === 'pending' ? 'approvals.one_more' : 'approvals.done')}</p>
        {decided.workflow_id ? <Link to={`workflows/${decided.workflow_id}`}>{t('draft.see_workflow')}</Link> : null}
      </div>
    );
  }
  if (!review.may_decide) {
    return <p className="notice">{maybe(`standing.${review.standing}`, t('approvals.not_yours'))}</p>;
  }
  const options = Array.isArray(review.details.options) ? (review.details.options as unknown[]).map(String) : [];

  const decide = (decision: 'approved' | 'changes_requested' | 'rejected', choice?: string) =>
    run(choice ?? decision, async () => {
      const answer = await post<Decided>(`/v1/approvals/${review.id}/decision`, {
        decision,
        ...(review.digest ? { digest: review.digest } : {}),
        ...(comment.trim() ? { comment: comment.trim() } : {}),
        ...(choice ? { choice } : {}),
      });
      setDecided(answer);
    });
  const silent = comment.trim() === '';

  return (
    <form className="decide" onSubmit={(event) => event.preventDefault()}>
      {problem ? <Problem problem={problem} /> : null}
      <label>
        {t('approvals.comment')}
        <textarea rows={3} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} />
      </label>
      <p className="quiet small" id="comment-rule">
        {t('approvals.comment_hint')}
      </p>
      <div className="actions actions-column">
        {options.length > 0 ? (
          options.map((option) => (
            <button
              key={option}
              type="button"
              className="button button-main"
              disabled={working !== undefined}
              onClick={() => void decide('approved', option)}
            >
              {working === option ? t('working') : option}
            </button>
          ))
        ) : (
          <button
            type="button"
            className="button button-main"
            disabled={working !== undefined}
            onClick={() => void decide('approved')}
          >
            {working === 'approved' ? t('working') : t('approvals.approve')}
          </button>
        )}
        {review.subject_kind === 'draft' ? (
          <button
            type="button"
            className="button"
            aria-describedby="comment-rule"
            disabled={working !== undefined || silent}
            onClick={() => void decide('changes_requested')}
          >
            {t(working === 'changes_requested' ? 'working' : 'approvals.changes')}
          </button>
        ) : null}
        <button
          type="button"
          className="button button-bad"
          aria-describedby="comment-rule"
          disabled={working !== undefined || silent}
          onClick={() => void decide('rejected')}
        >
          {t(working === 'rejected' ? 'working' : 'approvals.reject')}
        </button>
      </div>
    </form>
  );
}
