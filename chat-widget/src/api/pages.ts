/**
 * A list that may be longer than one page. It begins with the first page, grows by "load more", and is read again when
 * a notice says that it is old: what is on screen stays on screen.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

import { get } from './client';
import { ApiProblem, asProblem } from './problem';
import { type Kind, useNotices } from './live';
import type { Page } from './types';

/** Rows of one page, and the most the server gives at once. */
export const PAGE = 50;
const MOST = 200;

export interface Pages<T> {
  items?: T[];
  /** There is more than what is here. */
  more: boolean;
  loading: boolean;
  error?: ApiProblem;
  reload(): void;
  /** The next page; answers how many rows came. */
  loadMore(): Promise<number>;
}

/** `path` with these query parameters; empty ones are left out. */
export function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/**
 * Fresh rows in front, and behind them what was loaded beyond them. What stood among the fresh rows and is not there any
 * more is gone: it was removed, or the filter does not fit it now.
 */
export function merge<T>(fresh: T[], old: T[], key: (row: T) => string): T[] {
  const known = new Set(fresh.map(key));
  const last = fresh.at(-1);
  const reach = last === undefined ? -1 : old.findIndex((row) => key(row) === key(last));
  return [...fresh, ...old.slice(reach + 1).filter((row) => !known.has(key(row)))];
}

const memory = new Map<string, Page<unknown>>();

/** Forgets what was read: another user must not see it for a moment. */
export function forgetPages(): void {
  memory.clear();
}

interface State<T> {
  path: string;
  page?: Page<T>;
  error?: ApiProblem;
  loading: boolean;
}

export function usePages<T>(path: string, kinds: readonly Kind[], key: (row: T) => string): Pages<T> {
  const remembered = () => memory.get(path) as Page<T> | undefined;
  const [state, setState] = useState<State<T>>(() => ({ path, page: remembered(), loading: true }));
  const [turn, setTurn] = useState(0);
  const now = useRef(state);
  now.current = state;
  const keyOf = useRef(key);
  keyOf.current = key;
  const reload = useCallback(() => setTurn((value) => value + 1), []);

  const take = useCallback(
    (page: Page<T>) => {
      memory.set(path, page);
      setState({ path, page, loading: false });
    },
    [path],
  );

  useEffect(() => {
    const abort = new AbortController();
    const held = now.current.path === path ? now.current.page : remembered();
    setState({ path, page: held, loading: true });
    const rows = Math.min(MOST, Math.max(PAGE, Math.ceil((held?.items.length ?? 0) / PAGE) * PAGE));
    filled<T>(limited(path, rows), undefined, abort.signal).then(
      (fresh) => {
        const before = now.current.path === path ? (now.current.page ?? { items: [] }) : { items: [] };
        // Without a next page the fresh rows are the whole list.
        const items = fresh.next ? merge(fresh.items, before.items, keyOf.current) : fresh.items;
        take({ items, next: items.length > fresh.items.length ? before.next : fresh.next });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setState((old) => ({ ...old, error: asProblem(error), loading: false }));
      },
    );
    return () => abort.abort();
  }, [path, turn, take]);

  useNotices(path, kinds, reload);

  const loadMore = useCallback(async () => {
    const { page } = now.current;
    if (!page?.next) return 0;
    try {
      const next = await filled<T>(limited(path, PAGE), page.next);
      if (now.current.path !== path) return 0;
      const known = new Set(page.items.map(keyOf.current));
      const rows = next.items.filter((row) => !known.has(keyOf.current(row)));
      take({ items: [...page.items, ...rows], next: next.next });
      return rows.length;
    } catch (error) {
      setState((old) => ({ ...old, error: asProblem(error) }));
      return 0;
    }
  }, [path, take]);

  const mine = state.path === path;
  const page = mine ? state.page : undefined;
  return { items: page?.items, more: Boolean(page?.next), loading: !mine || state.loading, error: mine ? state.error : undefined, reload, loadMore };
}

/** A page with rows, where there is one: a search may answer with an empty page and where it goes on. */
async function filled<T>(path: string, after?: string, signal?: AbortSignal): Promise<Page<T>> {
  const page = await get<Page<T>>(after ? `${path}&after=${encodeURIComponent(after)}` : path, signal);
  return page.items.length === 0 && page.next ? filled(path, page.next, signal) : page;
}

function limited(path: string, rows: number): string {
  return `${path}${path.includes('?') ? '&' : '?'}limit=${rows}`;
}
