/** What a running workflow asks: its words, or the messages that a pause made late. */
import type { Review } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Section, Time } from '../../ui/parts';

interface Late {
  execution: string;
  action: string;
  customer: string | null;
  since: string;
}

export function Question({ review }: { review: Review }) {
  const { t, maybe } = useWords();
  const { details, count, late, default: silence } = review.details as {
    details?: string | null;
    count?: number;
    late?: Late[];
    default?: string | null;
  };
  const named = late ?? [];
  const more = (count ?? 0) - named.length;
  return (
    <Section title={t('approvals.question')}>
      {review.subject_kind === 'workflow' ? <p>{t('late.text', { count: count ?? 0 })}</p> : null}
      {details ? <p className="prewrap">{details}</p> : null}
      {named.length > 0 ? (
        <ul className="late">
          {named.map((message) => (
            <li key={message.execution + message.since}>
              <Link to={`executions/${message.execution}`}>{message.customer ?? t('late.somebody')}</Link>
              <span className="quiet">
                {' '}
                {maybe(`action.${message.action}`, message.action.replaceAll('_', ' '))}, {t('late.since')}{' '}
                <Time at={message.since} />
              </span>
            </li>
          ))}
          {more > 0 ? <li className="quiet">{t('late.more', { count: more })}</li> : null}
        </ul>
      ) : null}
      {silence && review.status === 'pending' ? (
        <p className="quiet">{t('approvals.silence', { answer: maybe(`choice.${silence}`, maybe(`state.${silence}`, silence)) })}</p>
      ) : null}
      {silence && review.status === 'expired' ? (
        <p className="notice">{t('approvals.took_default', { answer: maybe(`choice.${silence}`, maybe(`state.${silence}`, silence)) })}</p>
      ) : null}
      <p>
        {review.subject_kind === 'workflow' ? (
          <Link to={`workflows/${review.subject_id}`}>{t('draft.see_workflow')}</Link>
        ) : (
          <Link to={`executions/${review.subject_id}`}>{t('approvals.see_execution')}</Link>
        )}
      </p>
    </Section>
  );
}
