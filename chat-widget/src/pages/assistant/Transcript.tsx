import { useEffect, useRef, useState } from 'react';

import type { Message, ToolCall } from '../../agui/reducer';
import { useWords } from '../../i18n';
import { Empty, Loading, Problem } from '../../ui/parts';
import { Prose } from '../../ui/Prose';
import { Citations } from './Citations';
import { Spending } from './Spending';
import type { Citation, Declined } from './state';
import type { Talk } from './useConversation';

export function Transcript({
  talk,
  citations,
  declined,
  name,
}: {
  talk: Talk;
  citations: Citation[];
  declined?: Declined;
  name: string;
}) {
  const { t } = useWords();
  const { view, busy } = talk;
  const end = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);

  // Stay at the end while it grows, unless the reader has scrolled up.
  useEffect(() => {
    if (pinned.current) end.current?.scrollIntoView?.({ block: 'end' });
  }, [view.messages, view.status, talk.problem]);

  const last = view.messages.at(-1);
  const thinking = busy && (last?.role === 'user' || (last?.content === '' && last.toolCalls.every((call) => call.result)));

  return (
    <div
      className="transcript"
      ref={box}
      role="log"
      aria-live="off"
      aria-busy={busy}
      aria-label={t('assistant.transcript')}
      tabIndex={0}
      onScroll={() => {
        const element = box.current;
        if (element) pinned.current = element.scrollHeight - element.scrollTop - element.clientHeight < 80;
      }}
    >
      {talk.loading ? <Loading /> : null}
      {view.messages.length === 0 && !talk.loading && !talk.problem ? <Welcome talk={talk} name={name} /> : null}
      <ul className="messages">
        {view.messages.map((message) => (
          <MessageItem key={message.id} message={message} busy={busy} />
        ))}
      </ul>
      {thinking ? <Loading label="assistant.thinking" /> : null}
      {!busy && declined ? <DeclinedNote declined={declined} /> : null}
      {!busy ? <Citations list={citations} /> : null}
      {view.status === 'error' && view.error ? (
        <div className="notice notice-bad" role="alert">
          <p>
            <strong>{t('assistant.failed')}</strong> {view.error.message}
          </p>
        </div>
      ) : null}
      {view.status === 'cancelled' ? <p className="quiet small">{t('assistant.stopped')}</p> : null}
      {!busy ? <Spending view={view} /> : null}
      {view.status === 'cut' || view.stale ? (
        <div className="notice" role="alert">
          <p>{t(view.stale ? 'assistant.stale' : 'assistant.cut')}</p>
          <button type="button" className="button" onClick={talk.reload}>
            {t('assistant.reconnect')}
          </button>
        </div>
      ) : null}
      {talk.problem ? <Problem problem={talk.problem} /> : null}
      <div ref={end} />
      <Spoken messages={view.messages} busy={busy} />
    </div>
  );
}

function MessageItem({ message, busy }: { message: Message; busy: boolean }) {
  const { t } = useWords();
  if (message.role === 'user') {
    return (
      <li className="message message-user">
        <span className="hidden">{t('assistant.you')}</span>
        <p>{message.content}</p>
      </li>
    );
  }
  return (
    <li className="message message-assistant">
      <span className="hidden">{t('assistant.assistant')}</span>
      {message.content ? <Prose text={message.content} /> : null}
      {message.toolCalls.length > 0 ? (
        <ul className="tools">
          {message.toolCalls.map((call) => (
            <ToolLine key={call.id} call={call} busy={busy} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

/** What the assistant does, one quiet line a call. */
function ToolLine({ call, busy }: { call: ToolCall; busy: boolean }) {
  const { t, maybe } = useWords();
  const running = call.result === undefined && busy;
  const outcome = toolOutcome(call);
  const state = running ? 'running' : outcome.failed ? 'failed' : call.result === undefined ? 'open' : 'done';
  return (
    <li className={`tool tool-${state}`}>
      <span className="tool-sign" aria-hidden="true">
        {running ? <span className="spinner" /> : state === 'failed' ? '!' : state === 'done' ? '✓' : '–'}
      </span>
      <span>
        {maybe(`tool.${call.name}`, call.name.replaceAll('_', ' '))}
        {running ? <span className="hidden"> {t('working')}</span> : null}
        {outcome.words ? <span className="quiet">: {outcome.words}</span> : null}
        {state === 'failed' ? <span className="quiet">: {t('tool.again')}</span> : null}
      </span>
    </li>
  );
}

export function toolOutcome(call: ToolCall): { failed: boolean; words?: string } {
  if (call.result === undefined) return { failed: false };
  try {
    const result = JSON.parse(call.result) as Record<string, unknown>;
    if (result.error || (typeof result.code === 'string' && result.hint)) return { failed: true };
    const changes = result.changes as { words?: string }[] | undefined;
    if (Array.isArray(changes) && changes.length > 0) {
      const shown = changes.slice(0, 2).map((change) => change.words).filter(Boolean);
      const more = changes.length - shown.length;
      return { failed: false, words: shown.join('; ') + (more > 0 ? ` (+${more})` : '') };
    }
    const hits = (result.hits ?? result.actions) as { title?: string; name?: string; document?: string }[] | undefined;
    if (Array.isArray(hits)) {
      const names = hits.slice(0, 3).map((hit) => hit.title ?? hit.name ?? hit.document);
      return { failed: false, words: [...new Set(names)].join(', ') };
    }
    return { failed: false };
  } catch {
    return { failed: false };
  }
}

function DeclinedNote({ declined }: { declined: Declined }) {
  const { t } = useWords();
  return (
    <div className="notice notice-warn">
      <p>{declined.reason}</p>
      {declined.warnings?.map((warning) => <p key={warning.code}>{warning.text}</p>)}
      {declined.safe_alternative ? (
        <p>
          <strong>{t('assistant.instead')}</strong> {declined.safe_alternative}
        </p>
      ) : null}
    </div>
  );
}

function Welcome({ talk, name }: { talk: Talk; name: string }) {
  const { t } = useWords();
  return (
    <Empty title={t('welcome.title', { name: name.split(' ')[0] ?? name })}>
      <p className="quiet">{t('welcome.lead')}</p>
      <ul className="suggestions">
        {(['welcome.one', 'welcome.two', 'welcome.three'] as const).map((key) => (
          <li key={key}>
            <button type="button" className="suggestion" onClick={() => void talk.send(t(key))}>
              {t(key)}
            </button>
          </li>
        ))}
      </ul>
    </Empty>
  );
}

/** What a screen reader hears: that work began, and the whole answer once it is there; never word by word. */
function Spoken({ messages, busy }: { messages: Message[]; busy: boolean }) {
  const { t } = useWords();
  const [said, setSaid] = useState('');
  const was = useRef(busy);
  useEffect(() => {
    if (busy && !was.current) setSaid(t('assistant.thinking'));
    if (!busy && was.current) {
      const at = messages.findLastIndex((message) => message.role === 'user');
      const answer = messages.slice(at + 1).map((message) => message.content);
      setSaid(answer.filter(Boolean).join(' '));
    }
    was.current = busy;
  }, [busy, messages, t]);
  return (
    <div className="hidden" aria-live="polite">
      {said}
    </div>
  );
}
