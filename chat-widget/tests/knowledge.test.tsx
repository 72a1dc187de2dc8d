/** Knowledge: what is found and why; who may add and remove, and how far a file is on its way. */
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { forgetReads } from '../src/api/live';
import { forgetPages } from '../src/api/pages';
import Knowledge from '../src/pages/Knowledge';
import { accessible, json, serve, show } from './show';

const prices = {
  id: 'doc_1',
  name: 'prices.pdf',
  title: 'Price list',
  kind: 'pdf',
  departments: ['service'],
  jurisdictions: ['all'],
  passages: 12,
  updated_at: '2026-03-10T15:00:00Z',
};
const index = { engine: 'edge', standing: 'ready', documents: 1, passages: 12 };
const hit = {
  document: 'quiet-hours',
  title: 'When we may call or text',
  heading: 'Texas',
  text: 'From **9** on.',
  score: 12.34,
  jurisdictions: ['US'],
  reviewed: '2026-06-30',
  own: false,
  close: true,
  why: { asked: 3, words: ['text', 'texas'], by_words: { rank: 1, score: 12.34 } },
};
const far = { ...hit, document: 'vin-basics', title: 'VIN basics', score: 2, close: false };

function routes(permissions: string[], hits: unknown[] = [hit, far]) {
  return {
    'GET /v1/me': () => json({ permissions }),
    'GET /v1/knowledge/documents': () => json({ items: [prices] }),
    'GET /v1/knowledge/index': () => json(index),
    'POST /v1/knowledge/index': () => json(index, 202),
    'DELETE /v1/knowledge/documents/doc_1': () => new Response(null, { status: 204 }),
    'GET /v1/knowledge/search': () => json({ hits }),
  };
}

afterEach(() => {
  forgetPages();
  forgetReads();
  window.location.hash = '';
  vi.unstubAllGlobals();
});

test('whoever does not curate reads, and cannot add, remove or index', async () => {
  const sent = serve(routes(['converse']));
  await show(<Knowledge />);
  expect((await screen.findByRole('link', { name: 'Price list' })).getAttribute('href')).toBe('#/documents/doc_1');
  expect(screen.queryByLabelText('Add files')).toBeNull();
  expect(screen.queryByRole('button', { name: /Remove|Index/ })).toBeNull();
  expect(sent.some((one) => one.url.startsWith('/v1/knowledge/index'))).toBe(false);
});

test('a removal is asked about and said, and the index can be written again', async () => {
  const sent = serve(routes(['converse', 'curate']));
  await show(<Knowledge />);
  await userEvent.click(await screen.findByRole('button', { name: 'Index everything again' }));
  expect(sent.some((one) => one.method === 'POST' && one.url === '/v1/knowledge/index')).toBe(true);
  await userEvent.click(await screen.findByRole('button', { name: 'Remove Price list' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel' }));
  expect(sent.some((one) => one.method === 'DELETE')).toBe(false);
  await userEvent.click(screen.getByRole('button', { name: 'Remove Price list' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Remove' }));
  expect(await screen.findByText('“Price list” is removed.')).toBeTruthy();
});

test('what is found shows its score, what speaks for it, where it holds and when it was checked', async () => {
  const sent = serve(routes(['converse']));
  const { container } = await show(<Knowledge />);
  await userEvent.type(screen.getByRole('searchbox'), 'text in texas{Enter}');
  const [first, second] = within(await screen.findByRole('list', { name: 'What was found' })).getAllByRole('listitem');
  for (const words of ['close enough', 'score 12.3', '2 of 3 words: text, texas', 'number 1 by words', 'US', 'Jun 30, 2026']) {
    expect(first?.textContent).toContain(words);
  }
  expect(second?.textContent).toContain('too far to answer from');
  expect(sent.find((one) => one.url.includes('search'))?.url).toContain('q=text+in+texas');
  await accessible(container);
});

test('where nothing is close, it says that no answer can rest on it', async () => {
  serve(routes(['converse'], [far]));
  window.location.hash = '#/knowledge?q=lunch';
  await show(<Knowledge />, 'es');
  expect(await screen.findByText(/ninguno tan cercano/)).toBeTruthy();
});

/** A request whose file goes half way, then is answered. */
class HalfWay {
  static answers: [status: number, body: unknown][] = [];
  static sent: { url: string; finish: () => void }[] = [];
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  status = 0;
  responseText = '';
  private url = '';
  open(_method: string, url: string) {
    this.url = url;
  }
  setRequestHeader() {}
  send() {
    this.upload.onprogress?.({ loaded: 1, total: 2 });
    const finish = () => {
      const [status, body] = HalfWay.answers.shift() ?? [500, {}];
      this.status = status;
      this.responseText = JSON.stringify(body);
      this.onload?.();
    };
    HalfWay.sent.push({ url: this.url, finish });
  }
}

test('files go one after the other, with their progress, and one that is refused does not hold up the next', async () => {
  serve(routes(['converse', 'curate']));
  vi.stubGlobal('XMLHttpRequest', HalfWay);
  HalfWay.sent = [];
  HalfWay.answers = [
    [422, { code: 'file_encrypted', title: 'The file cannot be taken in' }],
    [201, { outcome: 'added', document: prices }],
  ];
  const { container } = await show(<Knowledge />);
  await userEvent.upload(await screen.findByLabelText('Add files'), [new File(['a'], 'locked.pdf'), new File(['b'], 'a b.md')]);
  const bars = await screen.findAllByRole('progressbar');
  expect(bars.map((bar) => (bar as HTMLProgressElement).value)).toEqual([0.5, 0]);
  await accessible(container);
  await waitFor(() => expect(HalfWay.sent.length).toBe(1));
  HalfWay.sent[0]?.finish();
  await waitFor(() => expect(HalfWay.sent.length).toBe(2));
  expect(HalfWay.sent[1]?.url).toBe('/v1/knowledge/files/a%20b.md');
  HalfWay.sent[1]?.finish();
  expect(await screen.findByText(/has a password/)).toBeTruthy();
  expect(await screen.findByText(/: added/)).toBeTruthy();
});
