/** Routes live behind `#`: the server needs no rule for them, and a reload keeps the place. */
import { type MouseEvent, type ReactNode, useCallback, useEffect, useState } from 'react';

export interface Route {
  page: string;
  id?: string;
  /** What stands behind `?`: filters, the step to look at. */
  query: Record<string, string>;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, id] = path.split('/');
  return {
    page: page || 'assistant',
    id: id ? decodeURIComponent(id) : undefined,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function go(path: string): void {
  window.location.hash = `/${path}`;
}

export function useRoute(): Route {
  const [route, set] = useState(() => parseRoute(window.location.hash));
  useEffect(() => {
    const listen = () => set(parseRoute(window.location.hash));
    window.addEventListener('hashchange', listen);
    return () => window.removeEventListener('hashchange', listen);
  }, []);
  return route;
}

/**
 * The filters of a list, in the address: a reload, a bookmark and the way back keep them. A change replaces the entry
 * in the history, so that "back" leaves the list instead of walking through every letter typed.
 */
export function useFilters(): [Record<string, string>, (change: Record<string, string>) => void] {
  const { query } = useRoute();
  const change = useCallback((values: Record<string, string>) => {
    const now = parseRoute(window.location.hash);
    const next = Object.entries({ ...now.query, ...values }).filter(([, value]) => value !== '');
    const search = next.length > 0 ? `?${new URLSearchParams(next)}` : '';
    window.history.replaceState(null, '', `#/${now.page}${search}`);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }, []);
  return [query, change];
}

export function Link({
  to,
  className,
  current,
  children,
  onClick,
}: {
  to: string;
  className?: string;
  current?: boolean;
  children: ReactNode;
  onClick?: (event: MouseEvent) => void;
}) {
  return (
    <a href={`#/${to}`} className={className} aria-current={current ? 'page' : undefined} onClick={onClick}>
      {children}
    </a>
  );
}
