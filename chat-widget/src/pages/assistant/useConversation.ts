/** One conversation: its messages, its state, sending, stopping, and following a run that is under way. */
import { useCallback, useEffect, useRef, useState } from 'react';

import { type AguiEvent, EMPTY, fromWire, reduce, type View, type WireMessage } from '../../agui/reducer';
import { resume, startRun } from '../../agui/run';
import { get, post } from '../../api/client';
import { type ApiProblem, asProblem } from '../../api/problem';
import { go } from '../../router';

export interface Talk {
  thread?: string;
  view: View;
  busy: boolean;
  loading: boolean;
  draftId?: string;
  problem?: ApiProblem;
  /** The text of a message that was not taken; the composer offers it again. */
  unsent?: string;
  send(text: string): Promise<void>;
  stop(): Promise<void>;
  reload(): void;
  reset(): void;
}

interface Stored {
  conversation: { draft_id?: string | null };
  messages: WireMessage[];
  state: Record<string, unknown> | null;
  active_run?: { id: string } | null;
}

export function useConversation(id: string | undefined): Talk {
  const [view, setView] = useState<View>(EMPTY);
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const [unsent, setUnsent] = useState<string>();
  const [draftId, setDraftId] = useState<string>();
  const [turn, setTurn] = useState(0);
  const thread = useRef<string>(undefined);
  const run = useRef<{ id: string; abort: AbortController }>(undefined);
  const queue = useEventQueue(setView);

  const reset = useCallback(() => {
    run.current?.abort.abort();
    run.current = undefined;
    thread.current = undefined;
    setView(EMPTY);
    setProblem(undefined);
    setUnsent(undefined);
    setDraftId(undefined);
  }, []);

  // A conversation named by the address is read from the server, unless it is the one on screen.
  useEffect(() => {
    if (id === thread.current && turn === 0) return;
    if (!id) {
      if (thread.current) reset();
      return;
    }
    if (id !== thread.current) reset();
    thread.current = id;
    const abort = new AbortController();
    setLoading(true);
    get<Stored>(`/v1/conversations/${encodeURIComponent(id)}`, abort.signal)
      .then(async (stored) => {
        setView({ ...EMPTY, messages: fromWire(stored.messages), state: stored.state ?? {} });
        setDraftId(stored.conversation.draft_id ?? undefined);
        setLoading(false);
        const active = stored.active_run?.id;
        if (active) {
          run.current = { id: active, abort };
          setView((now) => ({ ...now, status: 'running' }));
          const end = await resume({ run: active, after: 0 }, queue, abort.signal);
          if (end !== 'ended' && !abort.signal.aborted) setView((now) => ({ ...now, status: 'cut' }));
        }
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        setLoading(false);
        setProblem(asProblem(error));
      });
    return () => {
      if (thread.current !== id) abort.abort();
    };
  }, [id, turn, reset, queue]);

  useEffect(() => () => run.current?.abort.abort(), []);

  const send = useCallback(
    async (text: string) => {
      const content = text.trim();
      if (content === '' || view.status === 'running') return;
      const message = { id: newId('msg'), role: 'user' as const, content };
      const started = { id: newId('run'), abort: new AbortController() };
      const first = thread.current === undefined;
      thread.current ??= newId('conv');
      run.current = started;
      setProblem(undefined);
      setUnsent(undefined);
      setView((now) => ({
        ...now,
        status: 'running',
        error: undefined,
        messages: [...now.messages, { ...message, toolCalls: [] }],
        state: { ...now.state, questions: [], submission: 'none' },
      }));
      const input = { threadId: thread.current, runId: started.id, messages: [message] };
      let named = !first;
      const on = (event: AguiEvent) => {
        // The server's name for the conversation goes into the address, so that a reload finds it.
        if (!named && event.type === 'RUN_STARTED') {
          named = true;
          if (typeof event.threadId === 'string') thread.current = event.threadId;
          go(`assistant/${thread.current}`);
        }
        queue(event);
      };
      try {
        const end = await startRun(input, on, started.abort.signal);
        if (end !== 'ended' && !started.abort.signal.aborted) setView((now) => ({ ...now, status: 'cut' }));
      } catch (error) {
        if (started.abort.signal.aborted) return;
        // Refused before it began: nothing was said, the words go back to the composer.
        setView((now) => ({
          ...now,
          status: 'idle',
          messages: now.messages.filter((known) => known.id !== message.id),
        }));
        if (first) thread.current = undefined;
        setUnsent(content);
        setProblem(asProblem(error));
      }
    },
    [view.status, queue],
  );

  const stop = useCallback(async () => {
    if (!run.current) return;
    try {
      await post(`/v1/runs/${run.current.id}/cancel`);
    } catch (error) {
      setProblem(asProblem(error));
    }
  }, []);

  return {
    thread: thread.current,
    view,
    busy: view.status === 'running',
    loading,
    draftId,
    problem,
    unsent,
    send,
    stop,
    reload: () => setTurn((now) => now + 1),
    reset,
  };
}

/** Applies events in batches of one frame: a fast stream must not render once per word. */
function useEventQueue(setView: (change: (view: View) => View) => void): (event: AguiEvent) => void {
  const waiting = useRef<AguiEvent[]>([]);
  const scheduled = useRef(false);
  return useCallback(
    (event: AguiEvent) => {
      waiting.current.push(event);
      if (scheduled.current) return;
      scheduled.current = true;
      setTimeout(() => {
        scheduled.current = false;
        const events = waiting.current;
        waiting.current = [];
        setView((view) => events.reduce(reduce, view));
      }, 16);
    },
    [setView],
  );
}

/** An id of the server's shape; it sorts by time like the server's own. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let at = Date.now();
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = at % 256;
    at = Math.floor(at / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return `${prefix}_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
