import { useEffect, useRef, useState } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import { useRead } from '../../api/live';
import type { Change, Draft } from '../../api/types';
import { useWords } from '../../i18n';
import { ChangeList, changeInWords, Diagnostics, placeInWords, Warnings } from '../../ui/Changes';
import { Badge, Dialog, Loading, Problem, Section } from '../../ui/parts';
import { Plan } from '../../ui/Plan';
import { Sources } from '../../ui/Sources';
import { Decision } from './Decision';
import type { ChatState } from './state';

/** The draft as it stands: what it does, what just changed, what is missing, and the way to approval. */
export function DraftPanel({
  id,
  state,
  busy = false,
  askedToSubmit = false,
  children,
}: {
  id: string;
  /** What the conversation says; absent where a draft is looked at on its own. */
  state?: ChatState;
  busy?: boolean;
  askedToSubmit?: boolean;
  /** What stands under the heading. */
  children?: React.ReactNode;
}) {
  const words = useWords();
  const { t, language } = words;
  const read = useRead<Draft>(`/v1/drafts/${id}`, ['draft', 'approval']);
  const [changes, setChanges] = useState<Change[]>([]);
  const [confirming, setConfirming] = useState(false);
  const { data: draft, reload } = read;
  const { working, problem, run } = useAct(reload);

  // A new revision on the wire: read the draft, and light up what the turn changed.
  const revision = state?.draft?.revision;
  const seen = useRef(revision);
  useEffect(() => {
    if (revision !== undefined && revision !== seen.current) reload();
    seen.current = revision;
  }, [revision, reload]);
  // That the draft is there at all needs no line of its own.
  const told = state?.changes.length;
  useEffect(() => setChanges(state?.changes.filter((change) => change.pointer !== '') ?? []), [told, revision]);
  useEffect(() => {
    if (askedToSubmit) setConfirming(true);
  }, [askedToSubmit]);

  if (!draft) {
    return (
      <aside className="draft" aria-label={t('assistant.draft')}>
        {read.error ? <Problem problem={read.error} retry={reload} /> : <Loading />}
      </aside>
    );
  }
  const readback = draft.readback[language];
  const errors = draft.diagnostics.filter((found) => found.severity === 'error');
  const may = mayDo(draft.status);
  const blocked = errors.length > 0 || draft.missing.length > 0;
  // What is on screen may be a moment older than what the wire says: nothing is decided on it.
  const behind = revision !== undefined && revision > draft.revision;
  const idle = !busy && !working && !behind;

  // The draft that was read is newer than the wire after a step of one's own, and older while a turn is writing.
  const steps = state?.draft && state.draft.revision > draft.revision ? state.draft : draft;
  const [back, forth] = [steps.undo_revision ?? undefined, steps.redo_revision ?? undefined];
  const step = async (to?: number) => {
    const stepped = await post<Draft>(`/v1/drafts/${id}/undo`, { base_revision: draft.revision, ...(to ? { to_revision: to } : {}) });
    setChanges(stepped.changes ?? []);
  };
  const submit = () => post(`/v1/drafts/${id}/submit`, { revision: draft.revision, digest: draft.digest });

  return (
    <aside className="draft" aria-label={t('assistant.draft')} aria-busy={busy || working !== undefined}>
      <header className="draft-head">
        <div className="row">
          <h2>{readback.title || draft.title}</h2>
          <Badge state={draft.status} />
        </div>
        <p className="quiet">{readback.summary}</p>
        <p className="quiet small">
          {t('draft.revision', { revision: draft.revision })} ·{' '}
          <span title={draft.digest}>{draft.digest.replace('sha256:', '').slice(0, 12)}</span>
        </p>
        {children}
      </header>
      {problem ? <Problem problem={problem} /> : null}
      <Decision draft={draft} />
      {changes.length > 0 ? (
        <Section level={3} title={t('draft.changed')} count={changes.length}>
          <ChangeList changes={changes} />
        </Section>
      ) : null}
      <Plan level={3} title={t('draft.does')} reading={draft} changes={changes} />
      {draft.missing.length > 0 ? (
        <Section level={3} title={t('draft.missing')} count={draft.missing.length}>
          <ul className="findings">
            {draft.missing.map((pointer) => (
              <li key={pointer} className="finding finding-error">
                <span>
                  {placeInWords(pointer, readback, words)}
                  {draft.provenance[pointer]?.question ? <strong className="hole">{draft.provenance[pointer].question}</strong> : null}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {draft.diagnostics.length > 0 ? (
        <Section level={3} title={t('draft.findings')} count={draft.diagnostics.length}>
          <Diagnostics list={draft.diagnostics} readback={readback} />
        </Section>
      ) : null}
      {draft.warnings.length > 0 ? (
        <Section level={3} title={t('draft.warnings')} count={draft.warnings.length}>
          <Warnings list={draft.warnings} />
        </Section>
      ) : null}
      <details className="more">
        <summary>{t('sources.title')}</summary>
        <Sources
          definition={draft.definition}
          provenance={draft.provenance}
          values={draft.values[language]}
          readback={readback}
          draft={draft.id}
        />
      </details>
      <details className="more">
        <summary>{t('draft.document')}</summary>
        <pre tabIndex={0}>{JSON.stringify(draft.definition, null, 2)}</pre>
      </details>
      <footer className="draft-foot">
        {blocked && may.submit ? <p className="quiet small">{t('draft.blocked')}</p> : null}
        <div className="actions">
          <button
            type="button"
            className="button"
            disabled={!idle || !may.change || back === undefined}
            onClick={() => void run('undo', () => step())}
          >
            {t(working === 'undo' ? 'working' : 'draft.undo')}
          </button>
          {forth === undefined ? null : (
            <button type="button" className="button" disabled={!idle || !may.change} onClick={() => void run('redo', () => step(forth))}>
              {t(working === 'redo' ? 'working' : 'draft.redo')}
            </button>
          )}
          {draft.status === 'submitted' ? (
            <button
              type="button"
              className="button"
              disabled={working !== undefined}
              onClick={() => void run('withdraw', () => post(`/v1/drafts/${id}/withdraw`))}
            >
              {t(working === 'withdraw' ? 'working' : 'draft.withdraw')}
            </button>
          ) : (
            <button
              type="button"
              className="button button-main"
              disabled={!idle || blocked || !may.submit}
              onClick={() => setConfirming(true)}
            >
              {t('draft.submit')}
            </button>
          )}
        </div>
      </footer>
      <p className="hidden" role="status">
        {changes.length > 0 ? t('draft.spoken', { words: changes.map((change) => changeInWords(change, language)).join('; ') }) : ''}
      </p>
      {confirming && may.submit ? (
        <Dialog title={t('submit.title')} onClose={() => setConfirming(false)}>
          <p>{t('submit.text', { title: readback.title || draft.title, revision: draft.revision })}</p>
          <p className="quiet">{t('submit.frozen')}</p>
          {blocked ? <p className="notice notice-warn">{t('draft.blocked')}</p> : null}
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setConfirming(false)}>
              {t('cancel')}
            </button>
            <button
              type="button"
              className="button button-main"
              disabled={working !== undefined || behind || blocked}
              onClick={() => void run('submit', submit).then(() => setConfirming(false))}
            >
              {t(working === 'submit' ? 'working' : 'submit.confirm')}
            </button>
          </div>
        </Dialog>
      ) : null}
    </aside>
  );
}

/**
 * What a state of a draft allows. Submitted content is frozen and approved content runs: taking a step back would start
 * another draft behind the reader's back. What was sent back needs a change before it is submitted again.
 */
export function mayDo(status: Draft['status']): { change: boolean; submit: boolean } {
  return {
    change: status !== 'submitted' && status !== 'approved',
    submit: status === 'open' || status === 'withdrawn',
  };
}
