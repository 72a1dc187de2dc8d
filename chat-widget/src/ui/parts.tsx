/** The small parts every page is made of. */
import { type ReactNode, useEffect, useId, useRef } from 'react';

import type { ApiProblem } from '../api/client';
import { type Key, useWords } from '../i18n';

export function Loading({ label }: { label?: Key }) {
  const { t } = useWords();
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {t(label ?? 'loading')}
    </p>
  );
}

/** What went wrong, in the user's language, and what to do next. */
export function Problem({ problem, retry }: { problem: ApiProblem; retry?: () => void }) {
  const { t, maybe } = useWords();
  const known = maybe(`error.${problem.code}`, '');
  return (
    <div className="notice notice-bad" role="alert">
      <p>
        <strong>{known || problem.message}</strong>
      </p>
      {!known && problem.detail ? <p>{problem.detail}</p> : null}
      {problem.retryAfter ? <p>{t('error.retry_after', { seconds: problem.retryAfter })}</p> : null}
      {problem.errors.length > 0 ? (
        <ul>
          {problem.errors.map((field) => (
            <li key={field.pointer + field.message}>
              {field.message}
              {field.hint ? ` ${field.hint}` : ''}
            </li>
          ))}
        </ul>
      ) : null}
      {!known && problem.requestId ? <p className="quiet small">{t('error.request', { id: problem.requestId })}</p> : null}
      {retry ? (
        <button type="button" className="button" onClick={retry}>
          {t('retry')}
        </button>
      ) : null}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

const TONES: Record<string, string> = {
  active: 'good',
  approved: 'good',
  completed: 'good',
  succeeded: 'good',
  sent: 'good',
  running: 'busy',
  waiting: 'busy',
  pending: 'busy',
  submitted: 'busy',
  deferred: 'busy',
  paused: 'warn',
  parked: 'warn',
  changes_requested: 'warn',
  blocked: 'warn',
  held: 'warn',
  failed: 'bad',
  faulted: 'bad',
  rejected: 'bad',
};

/** A state in words; the colour only repeats them. */
export function Badge({ state }: { state: string }) {
  const { maybe } = useWords();
  return <span className={`badge badge-${TONES[state] ?? 'plain'}`}>{maybe(`state.${state}`, state.replaceAll('_', ' '))}</span>;
}

export function Time({ at }: { at: string }) {
  const { time, ago } = useWords();
  return (
    <time dateTime={at} title={time(at)}>
      {ago(at)}
    </time>
  );
}

/** A modal question. Focus goes in and comes back; Escape means no. */
export function Dialog({
  title,
  children,
  onClose,
}: {
  title: string;
  children: ReactNode;
  onClose: () => void;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const before = document.activeElement as HTMLElement | null;
    // jsdom has no showModal
    if (typeof dialog.showModal === 'function') dialog.showModal();
    else dialog.setAttribute('open', '');
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}

/** A heading and what stands below it; `level` fits it into the page's outline. */
export function Section({
  title,
  count,
  level = 2,
  children,
}: {
  title: string;
  count?: number;
  level?: 2 | 3;
  children: ReactNode;
}) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <div className="section">
      <Heading className="section-title">
        {title}
        {count !== undefined ? <span className="count"> {count}</span> : null}
      </Heading>
      {children}
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
