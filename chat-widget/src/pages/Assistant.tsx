/** Talk on one side, the draft that grows from it on the other. */
import { useState } from 'react';

import type { Info, User } from '../api/types';
import { useWords } from '../i18n';
import { go } from '../router';
import { Composer } from './assistant/Composer';
import { DraftPanel } from './assistant/DraftPanel';
import { History } from './assistant/History';
import { Questions } from './assistant/Questions';
import { citationsIn, declinedIn, readState } from './assistant/state';
import { Transcript } from './assistant/Transcript';
import { useConversation } from './assistant/useConversation';

export function Assistant({ id, info, user }: { id?: string; info?: Info; user: User }) {
  const { t } = useWords();
  const talk = useConversation(id);
  const [side, setSide] = useState<'talk' | 'draft'>('talk');
  const state = readState(talk.view.state);
  const draftId = state.draft?.id ?? talk.draftId;

  return (
    <div className={`assistant show-${side}`}>
      <h1 className="hidden">{t('nav.assistant')}</h1>
      <div className="switch" role="group" aria-label={t('assistant.switch')}>
        <button type="button" aria-pressed={side === 'talk'} onClick={() => setSide('talk')}>
          {t('assistant.talk')}
        </button>
        <button type="button" aria-pressed={side === 'draft'} onClick={() => setSide('draft')}>
          {t('assistant.draft')}
        </button>
      </div>
      <section className="talk" aria-label={t('assistant.talk')}>
        <div className="talk-bar">
          <History current={talk.thread} />
          {info?.offline_model ? (
            <span className="quiet small offline" title={t('assistant.offline_why')}>
              {t('assistant.offline')}
            </span>
          ) : null}
          <button
            type="button"
            className="button button-small"
            aria-label={t('assistant.new')}
            onClick={() => {
              talk.reset();
              setSide('talk');
              go('assistant');
            }}
          >
            <span aria-hidden="true">+</span>
            <span className="wide-only">{t('assistant.new')}</span>
          </button>
        </div>
        <Transcript talk={talk} citations={citationsIn(talk.view.messages, state.citations)} declined={declinedIn(talk.view.messages)} name={user.name} />
        {talk.busy ? null : <Questions questions={state.questions} onAnswer={(text) => void talk.send(text)} />}
        <Composer talk={talk} />
      </section>
      {draftId ? (
        <DraftPanel
          key={draftId}
          id={draftId}
          state={state}
          busy={talk.busy}
          askedToSubmit={state.submissionAsked && !talk.busy}
        />
      ) : (
        <aside className="draft draft-none" aria-label={t('assistant.draft')}>
          <p className="empty-title">{t('draft.none')}</p>
          <p className="quiet">{t('draft.none_hint')}</p>
        </aside>
      )}
    </div>
  );
}
