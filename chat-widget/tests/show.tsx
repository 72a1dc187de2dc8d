/** Renders a part of the page in a language, and asks axe about it. */
import { render } from '@testing-library/react';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { expect, vi } from 'vitest';

import { LanguageProvider } from '../src/i18n';

export async function show(node: ReactNode, language: 'en' | 'es' = 'en') {
  localStorage.setItem('auterity.language', language);
  const shown = render(<LanguageProvider>{node}</LanguageProvider>);
  await vi.waitFor(() => expect(shown.container.childElementCount).toBeGreaterThan(0));
  await accessible(shown.container);
  return shown;
}

/** What jsdom can judge; colours and regions are judged in the browser. */
export async function accessible(element: Element) {
  const found = await axe.run(element, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } });
  expect(found.violations.map((violation) => violation.id)).toEqual([]);
}

export const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

/** What was sent, in order. */
export interface Sent {
  method: string;
  url: string;
  body: unknown;
  headers: Headers;
}

/** Answers requests by `METHOD /path`, and keeps what was sent. */
export function serve(routes: Record<string, () => Response>): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET';
    sent.push({ method, url, body: init.body ? JSON.parse(String(init.body)) : undefined, headers: new Headers(init.headers) });
    const route = routes[`${method} ${url.split('?')[0]}`];
    return Promise.resolve(route?.() ?? json({ code: 'not_found', title: 'Not found' }, 404));
  });
  return sent;
}
