/** Yes, no, or not like this. */
import { useState } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import type { Decided, Review } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Problem } from '../../ui/parts';

export function Decide({ review, done }: { review: Review; done: () => void }) {
  const { t, maybe } = useWords();
  const [comment, setComment] = useState('');
  const { working, problem, run } = useAct(done);
  const [decided, setDecided] = useState<Decided>();
  const [running, setRunning] = useState<'finish' | 'cancel'>('finish');
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
  const replaces = review.draft?.running_version ? review.draft.running_executions : 0;
  const options = Array.isArray(review.details.options) ? (review.details.options as unknown[]).map(String) : [];

  const decide = (decision: 'approved' | 'changes_requested' | 'rejected', choice?: string) =>
    run(choice ?? decision, async () => {
      const answer = await post<Decided>(`/v1/approvals/${review.id}/decision`, {
        decision,
        ...(review.digest ? { digest: review.digest } : {}),
        ...(comment.trim() ? { comment: comment.trim() } : {}),
        ...(choice ? { choice } : {}),
        ...(replaces > 0 && decision === 'approved' ? { running } : {}),
      });
      setDecided(answer);
    });
  // Late messages are sent or skipped: both answers stand among the choices, and a third would mean one of them.
  const refusable = review.subject_kind !== 'workflow';
  const silent = comment.trim() === '';

  return (
    <form className="decide" onSubmit={(event) => event.preventDefault()}>
      {problem ? <Problem problem={problem} /> : null}
      <label>
        {t('approvals.comment')}
        <textarea rows={3} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} />
      </label>
      {refusable ? (
        <p className="quiet small" id="comment-rule">
          {t(review.subject_kind === 'draft' ? 'approvals.comment_hint' : 'approvals.comment_hint_reject')}
        </p>
      ) : null}
      {replaces > 0 ? (
        <fieldset className="either">
          <legend>{t('running.title', { count: replaces })}</legend>
          {(['finish', 'cancel'] as const).map((what) => (
            <label key={what}>
              <input type="radio" name="running" checked={running === what} onChange={() => setRunning(what)} />
              {t(what === 'finish' ? 'running.finish_version' : 'running.cancel')}
            </label>
          ))}
        </fieldset>
      ) : null}
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
              {working === option ? t('working') : maybe(`choice.${option}`, option)}
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
        {refusable ? (
          <button
            type="button"
            className="button button-bad"
            aria-describedby="comment-rule"
            disabled={working !== undefined || silent}
            onClick={() => void decide('rejected')}
          >
            {t(working === 'rejected' ? 'working' : 'approvals.reject')}
          </button>
        ) : null}
      </div>
    </form>
  );
}
