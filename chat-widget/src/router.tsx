/** Routes live behind `#`: the server needs no rule for them, and a reload keeps the place. */
import { type MouseEvent, type ReactNode, useEffect, useState } from 'react';

export interface Route {
  page: string;
  id?: string;
}

export function parseRoute(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, '').split('/');
  return { page: page || 'assistant', id: id ? decodeURIComponent(id) : undefined };
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
