/** The small parts every page is made of. */
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

import type { ApiProblem } from '../api/problem';
import { useEngineTime } from '../api/clock';
import { type Key, useWords } from '../i18n';
import { hinted, said } from '../i18n/said';

/** A wait that takes longer than this says so, in milliseconds. */
const LONG = 6_000;

export function Loading({ label }: { label?: Key }) {
  const { t } = useWords();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" />
      {t(label ?? 'loading')}
      {long ? <span className="quiet"> {t('loading.long')}</span> : null}
    </p>
  );
}

/** What to do about a problem that has no words of its own, by what its status means. */
function remedy(problem: ApiProblem): Key {
  if (problem.retryAfter) return 'error.next_wait';
  if (problem.status >= 500) return 'error.next_server';
  switch (problem.status) {
    case 403:
      return 'error.permission_missing';
    case 404:
      return 'error.next_gone';
    case 409:
      return 'error.next_look_again';
    case 422:
    case 400:
      return 'error.next_correct';
    default:
      return 'error.next_again';
  }
}

/** What went wrong, in the user's language, and what to do next. */
export function Problem({ problem, retry }: { problem: ApiProblem; retry?: () => void }) {
  const { t, maybe, language } = useWords();
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
              {said(field, language)} {hinted(field, language)}
            </li>
          ))}
        </ul>
      ) : null}
      {known ? null : <p>{t(remedy(problem))}</p>}
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
  inactive: 'warn',
  ended: 'plain',
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

/** A field of a request with its problem from the server, if it has one: `/email`. */
export function FieldProblem({ problem, pointer }: { problem?: ApiProblem; pointer: string }) {
  const { language } = useWords();
  const found = problem?.errors.find((field) => field.pointer === pointer || field.pointer.startsWith(`${pointer}/`));
  return found ? <span className="field-problem">{said(found, language)}</span> : null;
}

/** A state in words; the colour only repeats them. */
export function Badge({ state }: { state: string }) {
  const { maybe } = useWords();
  return <span className={`badge badge-${TONES[state] ?? 'plain'}`}>{maybe(`state.${state}`, state.replaceAll('_', ' '))}</span>;
}

/** How long ago something was, by the engine's clock. */
export function Time({ at }: { at: string }) {
  const { t, time, ago } = useWords();
  const { ahead, now } = useEngineTime();
  return (
    <time dateTime={at} title={ahead === 0 ? time(at) : t('clock.by_engine', { time: time(at) })}>
      {ago(at, now())}
    </time>
  );
}

/** A modal question. Focus goes in and comes back; Escape means no. */
export function Dialog({
  title,
  wide,
  children,
  onClose,
}: {
  title: string;
  /** For text that is read rather than answered. */
  wide?: boolean;
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
      className={wide ? 'dialog-wide' : undefined}
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

/** The way out of a dialog and the way on; without `onConfirm` the way on submits the form around it. */
export function DialogActions({
  label,
  working,
  bad,
  onCancel,
  onConfirm,
}: {
  label: Key;
  working: boolean;
  /** What is confirmed takes something away. */
  bad?: boolean;
  onCancel: () => void;
  onConfirm?: () => void;
}) {
  const { t } = useWords();
  return (
    <div className="dialog-actions">
      <button type="button" className="button" onClick={onCancel}>
        {t('cancel')}
      </button>
      <button
        type={onConfirm ? 'button' : 'submit'}
        className={`button ${bad ? 'button-bad' : 'button-main'}`}
        disabled={working}
        onClick={onConfirm}
      >
        {t(working ? 'working' : label)}
      </button>
    </div>
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
