import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';

import { useWords } from '../../i18n';
import type { Talk } from './useConversation';

const LONGEST = 8000;

export function Composer({ talk }: { talk: Talk }) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);

  // Ready to type where there is a keyboard; on a phone it would cover the page.
  useEffect(() => {
    if (window.matchMedia?.('(pointer: fine)').matches) field.current?.focus();
  }, []);
  // Words that were not taken come back.
  useEffect(() => {
    if (talk.unsent) setText(talk.unsent);
  }, [talk.unsent]);
  // The field grows with its text, up to a third of the screen.
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, window.innerHeight / 3)}px`;
  }, [text]);

  const send = () => {
    if (talk.busy || text.trim() === '') return;
    void talk.send(text);
    setText('');
    field.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };

  return (
    <form className="composer" onSubmit={submit}>
      <label className="hidden" htmlFor="composer">
        {t('composer.label')}
      </label>
      <textarea
        id="composer"
        ref={field}
        rows={1}
        maxLength={LONGEST}
        placeholder={t('composer.placeholder')}
        aria-describedby="composer-keys"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      {talk.busy ? (
        <button type="button" className="button" onClick={() => void talk.stop()}>
          {t('composer.stop')}
        </button>
      ) : (
        <button type="submit" className="button button-main" disabled={text.trim() === ''}>
          {t('composer.send')}
        </button>
      )}
      <p id="composer-keys" className="quiet small composer-keys">
        {t('composer.keys')}
      </p>
    </form>
  );
}
