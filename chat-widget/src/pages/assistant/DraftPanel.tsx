import { useEffect, useRef, useState } from 'react';

import { ApiProblem, post } from '../../api/client';
import { useRead } from '../../api/live';
import type { Change, Draft } from '../../api/types';
import { useWords } from '../../i18n';
import { ChangeList, Diagnostics, place, Sources, Warnings } from '../../ui/Changes';
import { Badge, Dialog, Loading, Problem, Section } from '../../ui/parts';
import { marksOf, Steps } from '../../ui/Steps';
import { Decision } from './Decision';
import type { ChatState } from './state';

/** The draft as it stands: what it does, what just changed, what is missing, and the way to approval. */
export function DraftPanel({
  id,
  state,
  busy,
  askedToSubmit,
}: {
  id: string;
  state: ChatState;
  busy: boolean;
  askedToSubmit: boolean;
}) {
  const { t, language } = useWords();
  const read = useRead<Draft>(`/v1/drafts/${id}`, ['draft', 'approval']);
  const [changes, setChanges] = useState<Change[]>([]);
  const [confirming, setConfirming] = useState(false);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const { data: draft, reload } = read;

  // A new revision on the wire: read the draft, and light up what the turn changed.
  const revision = state.draft?.revision;
  const seen = useRef(revision);
  useEffect(() => {
    if (revision !== undefined && revision !== seen.current) reload();
    seen.current = revision;
  }, [revision, reload]);
  // That the draft is there at all needs no line of its own.
  useEffect(() => setChanges(state.changes.filter((change) => change.pointer !== '')), [state.changes.length, revision]);
  useEffect(() => {
    if (askedToSubmit) setConfirming(true);
  }, [askedToSubmit]);

  const act = async (work: () => Promise<unknown>) => {
    setWorking(true);
    setProblem(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, 'offline', String(error)));
      return false;
    } finally {
      setWorking(false);
      reload();
    }
  };

  if (!draft) {
    return (
      <aside className="draft" aria-label={t('assistant.draft')}>
        {read.error ? <Problem problem={read.error} retry={reload} /> : <Loading />}
      </aside>
    );
  }
  const readback = draft.readback[language];
  const errors = draft.diagnostics.filter((found) => found.severity === 'error');
  const open = draft.status === 'open' || draft.status === 'changes_requested';
  const blocked = errors.length > 0 || draft.missing.length > 0;
  // What is on screen may be a moment older than what the wire says: nothing is decided on it.
  const behind = revision !== undefined && revision > draft.revision;

  return (
    <aside className="draft" aria-label={t('assistant.draft')} aria-busy={busy || working}>
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
      </header>
      {problem ? <Problem problem={problem} /> : null}
      <Decision draft={draft} />
      {changes.length > 0 ? (
        <Section level={3} title={t('draft.changed')} count={changes.length}>
          <ChangeList changes={changes} />
        </Section>
      ) : null}
      <Section level={3} title={t('draft.does')}>
        <Steps readback={readback} marks={marksOf(changes, readback)} />
      </Section>
      {draft.missing.length > 0 ? (
        <Section level={3} title={t('draft.missing')} count={draft.missing.length}>
          <ul className="findings">
            {draft.missing.map((pointer) => (
              <li key={pointer} className="finding finding-error">
                {place(pointer)}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {draft.diagnostics.length > 0 ? (
        <Section level={3} title={t('draft.findings')} count={draft.diagnostics.length}>
          <Diagnostics list={draft.diagnostics} />
        </Section>
      ) : null}
      {draft.warnings.length > 0 ? (
        <Section level={3} title={t('draft.warnings')} count={draft.warnings.length}>
          <Warnings list={draft.warnings} />
        </Section>
      ) : null}
      <details className="more">
        <summary>{t('sources.title')}</summary>
        <Sources definition={draft.definition} provenance={draft.provenance} />
      </details>
      <details className="more">
        <summary>{t('draft.document')}</summary>
        <pre tabIndex={0}>{JSON.stringify(draft.definition, null, 2)}</pre>
      </details>
      <footer className="draft-foot">
        {blocked && open ? <p className="quiet small">{t('draft.blocked')}</p> : null}
        <div className="actions">
          <button
            type="button"
            className="button"
            disabled={busy || working || behind || draft.revision <= 1}
            onClick={() =>
              void act(async () => {
                const undone = await post<Draft>(`/v1/drafts/${id}/undo`, { base_revision: draft.revision });
                setChanges(undone.changes ?? []);
              })
            }
          >
            {t('draft.undo')}
          </button>
          {draft.status === 'submitted' ? (
            <button
              type="button"
              className="button"
              disabled={working}
              onClick={() => void act(() => post(`/v1/drafts/${id}/withdraw`))}
            >
              {t('draft.withdraw')}
            </button>
          ) : (
            <button
              type="button"
              className="button button-main"
              disabled={busy || working || behind || blocked || !open}
              onClick={() => setConfirming(true)}
            >
              {t('draft.submit')}
            </button>
          )}
        </div>
      </footer>
      <p className="hidden" role="status">
        {changes.length > 0 ? t('draft.spoken', { words: changes.map((change) => change.words).join('; ') }) : ''}
      </p>
      {confirming && open ? (
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
              disabled={working || behind || blocked}
              onClick={() =>
                void act(() =>
                  post(`/v1/drafts/${id}/submit`, { revision: draft.revision, digest: draft.digest }),
                ).then(() => setConfirming(false))
              }
            >
              {t('submit.confirm')}
            </button>
          </div>
        </Dialog>
      ) : null}
    </aside>
  );
}
