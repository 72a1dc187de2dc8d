/**
 * Live notices (`/v1/updates`) and the small cache of reads that follow them. A page asks for a path and names the
 * kinds of notices that make it old; everything also converges by a slow poll, because a notice may be lost.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

import { readSse } from '../agui/sse';
import { get, stream } from './client';
import { ApiProblem, asProblem } from './problem';

export type Kind = 'approval' | 'execution' | 'outbox' | 'draft' | 'workflow' | 'clock' | 'user';
export interface Notice {
  kind: Kind;
  id: string;
}

const listeners = new Set<(notice: Notice | undefined) => void>();

/** Tells every read on screen; `undefined` means "anything may have changed". */
export function announce(notice: Notice | undefined): void {
  for (const listener of listeners) listener(notice);
}

/** Follows the server's notices until `signal`; reconnects by itself. */
export async function followUpdates(signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const response = await stream('/v1/updates', { signal });
      if (failures > 0) announce(undefined);
      failures = 0;
      if (!response.body) return;
      for await (const frame of readSse(response.body)) {
        if (frame.event === 'missed') announce(undefined);
        else if (frame.event !== 'hello') announce(parse(frame.data));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) return;
    }
    await new Promise((done) => setTimeout(done, Math.min(1000 * 2 ** failures, 20_000)));
  }
}

function parse(data: string): Notice | undefined {
  try {
    const notice = JSON.parse(data) as Notice;
    return typeof notice?.kind === 'string' ? notice : undefined;
  } catch {
    return undefined;
  }
}

export interface Read<T> {
  data?: T;
  error?: ApiProblem;
  loading: boolean;
  reload(): void;
}

const POLL = 20_000;
const memory = new Map<string, unknown>();

/** Forgets what was read: another user must not see it for a moment. */
export function forgetReads(): void {
  memory.clear();
}

/** Reads `path`, again when a notice of one of `kinds` arrives. What was read before shows at once. */
export function useRead<T>(path: string | undefined, kinds: readonly Kind[]): Read<T> {
  const [state, setState] = useState<{ path?: string; data?: T; error?: ApiProblem; loading: boolean }>(() => ({
    path,
    data: path ? (memory.get(path) as T | undefined) : undefined,
    loading: path !== undefined,
  }));
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((now) => now + 1), []);

  useEffect(() => {
    if (!path) return;
    const abort = new AbortController();
    setState((old) => ({
      path,
      data: old.path === path ? old.data : (memory.get(path) as T | undefined),
      error: old.path === path ? old.error : undefined,
      loading: true,
    }));
    get<T>(path, abort.signal).then(
      (data) => {
        memory.set(path, data);
        setState({ path, data, loading: false });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setState((old) => ({ ...old, error: asProblem(error), loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, turn]);

  useNotices(path, kinds, reload);

  return { data: state.path === path ? state.data : undefined, error: state.error, loading: state.loading, reload };
}

/** Calls `reload` when a notice of one of `kinds` arrives, and now and then while the page is looked at. */
export function useNotices(path: string | undefined, kinds: readonly Kind[], reload: () => void): void {
  const wanted = useRef(kinds);
  wanted.current = kinds;
  useEffect(() => {
    if (!path) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listen = (notice: Notice | undefined) => {
      if (notice && !wanted.current.includes(notice.kind)) return;
      // Several notices of one action make one read.
      clearTimeout(timer);
      timer = setTimeout(reload, 120);
    };
    listeners.add(listen);
    const poll = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, POLL);
    return () => {
      listeners.delete(listen);
      clearTimeout(timer);
      clearInterval(poll);
    };
  }, [path, reload]);
}
