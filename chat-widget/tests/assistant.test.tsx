import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { AguiEvent } from '../src/agui/reducer';
import { forgetReads } from '../src/api/live';
import { session } from '../src/api/session';
import type { Draft, User } from '../src/api/types';
import { LanguageProvider } from '../src/i18n';
import { Assistant } from '../src/pages/Assistant';
import { response, sse } from './scenarios';

const user = { id: 'usr_1', name: 'Sam Reyes', role: 'user' } as User;
const readback = {
  title: 'Fast reply',
  summary: 'Replies at once.',
  trigger: 'When a lead is created',
  stores: [],
  steps: [{ pointer: '/do/0/text', number: '1', name: 'text', kind: 'call', text: 'Text the customer', children: [] }],
};
const draft = {
  id: 'draft_1',
  title: 'Fast reply',
  status: 'open',
  revision: 2,
  digest: 'sha256:abc',
  definition: {},
  provenance: {},
  values: { en: {}, es: {} },
  undo_revision: 1,
  warnings: [],
  diagnostics: [],
  missing: [],
  readback: { en: readback, es: readback },
  changes: [],
} as unknown as Draft;

const RUN: AguiEvent[] = [
  { type: 'RUN_STARTED', threadId: 'conv_server', runId: 'r' },
  { type: 'STATE_SNAPSHOT', snapshot: { draft: null, questions: [], submission: 'none' } },
  { type: 'TOOL_CALL_START', toolCallId: 'c', toolCallName: 'write_workflow', parentMessageId: 'm1' },
  { type: 'TOOL_CALL_END', toolCallId: 'c' },
  { type: 'TOOL_CALL_RESULT', messageId: 't', toolCallId: 'c', role: 'tool', content: '{"revision":1}' },
  {
    type: 'STATE_DELTA',
    delta: [
      { op: 'test', path: '/draft', value: null },
      {
        op: 'replace',
        path: '/draft',
        value: { id: 'draft_1', revision: 2, changes: [{ kind: 'added', pointer: '/do/0/text', words: 'Added the text', words_es: 'Se agregó el texto' }] },
      },
      { op: 'replace', path: '/questions', value: [{ code: 'location', text: 'Which store?', choices: ['Main'] }] },
    ],
  },
  { type: 'TEXT_MESSAGE_START', messageId: 'm2', role: 'assistant' },
  { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm2', delta: 'Here is **the draft**.' },
  { type: 'TEXT_MESSAGE_END', messageId: 'm2' },
  { type: 'RUN_FINISHED', threadId: 'conv_server', runId: 'r', outcome: { type: 'success' } },
];

let posted: { url: string; body: Record<string, unknown> }[] = [];
let routes: Record<string, () => Response | Promise<Response>> = {};
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

beforeEach(async () => {
  posted = [];
  routes = {
    '/v1/auth/login': () => json({ access_token: 'a', expires_in: 1800, refresh_token: 'r', user }),
    '/v1/conversations': () => json({ items: [] }),
    '/v1/drafts/draft_1': () => json(draft),
    '/v1/agent': () => response(sse(RUN)),
  };
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    if (init.method === 'POST') posted.push({ url, body: JSON.parse(String(init.body ?? '{}')) as Record<string, unknown> });
    return Promise.resolve(routes[url]?.() ?? json({ code: 'not_found', title: 'Not found' }, 404));
  });
  await session.signIn('sam@x', 'demo');
});

afterEach(async () => {
  await session.signOut();
  forgetReads();
  vi.unstubAllGlobals();
});

async function open(id?: string) {
  const shown = render(
    <LanguageProvider>
      <Assistant id={id} user={user} />
    </LanguageProvider>,
  );
  await screen.findByRole('textbox');
  return shown;
}

async function say(text: string) {
  await userEvent.type(screen.getByRole('textbox'), `${text}{Enter}`);
}

test('a message becomes an answer, a draft that lights up, and a question', async () => {
  await open();
  await say('Text new leads');
  await screen.findByText('the draft');
  expect(screen.getByText('Text new leads')).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'Fast reply' })).toBeTruthy();
  await waitFor(() => expect(document.querySelector('[data-pointer="/do/0/text"]')?.className).toContain('step-changed'));
  expect(screen.getByText('Added the text')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Main' })).toBeTruthy();
  expect(window.location.hash).toBe('#/assistant/conv_server');
  const sent = posted.find((call) => call.url === '/v1/agent');
  expect(sent?.body.messages).toMatchObject([{ role: 'user', content: 'Text new leads' }]);
});

test('a pressed choice is the next message of the same conversation', async () => {
  await open();
  await say('Text new leads');
  await userEvent.click(await screen.findByRole('button', { name: 'Main' }));
  await waitFor(() => expect(posted.filter((call) => call.url === '/v1/agent')).toHaveLength(2));
  const [, second] = posted.filter((call) => call.url === '/v1/agent');
  expect(second?.body).toMatchObject({ threadId: 'conv_server', messages: [{ content: 'Main' }] });
});

test('nothing is spoken word by word: the whole answer once, when it is there', async () => {
  const { container } = await open();
  await say('Text new leads');
  const spoken = container.querySelector('.transcript [aria-live="polite"]');
  await waitFor(() => expect(spoken?.textContent).toBe('Here is **the draft**.'));
  expect(container.querySelector('[role="log"]')?.getAttribute('aria-live')).toBe('off');
});

test('a refused message goes back into the field, with the reason', async () => {
  routes['/v1/agent'] = () => json({ code: 'run_in_progress', title: 'Busy' }, 409);
  await open();
  await say('Text new leads');
  expect((await screen.findByRole('alert')).textContent).toContain('still answering');
  await waitFor(() => expect(screen.getByRole('textbox')).toHaveProperty('value', 'Text new leads'));
  expect(screen.queryByText('Text new leads', { selector: '.message p' })).toBeNull();
});

test('stop asks the server, and the run goes on until the server says so', async () => {
  let close: () => void = () => undefined;
  routes['/v1/agent'] = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(sse(RUN.slice(0, 2))));
          close = () => {
            const end = { type: 'RUN_FINISHED', threadId: 'conv_server', runId: 'r', outcome: { type: 'cancelled' } };
            controller.enqueue(new TextEncoder().encode(`id: r:3\ndata: ${JSON.stringify(end)}\n\n`));
          };
        },
      }),
    );
  await open();
  await say('Text new leads');
  await userEvent.click(await screen.findByRole('button', { name: 'Stop' }));
  await waitFor(() => expect(posted.some((call) => call.url.endsWith('/cancel'))).toBe(true));
  expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy();
  close();
  expect(await screen.findByText('Stopped. What was written is kept.')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Send' })).toBeTruthy();
});

test('submission names exactly the revision and digest on screen, after a confirmation', async () => {
  routes['/v1/drafts/draft_1/submit'] = () => json({ id: 'apr_1' }, 201);
  await open();
  await say('Text new leads');
  await userEvent.click(await screen.findByRole('button', { name: 'Submit for approval' }));
  expect(posted.some((call) => call.url.endsWith('/submit'))).toBe(false);
  await userEvent.click(await screen.findByRole('button', { name: 'Submit' }));
  await waitFor(() =>
    expect(posted.at(-1)).toEqual({ url: '/v1/drafts/draft_1/submit', body: { revision: 2, digest: 'sha256:abc' } }),
  );
});

test('an error in the draft or a missing value forbids submission', async () => {
  routes['/v1/drafts/draft_1'] = () => json({ ...draft, missing: ['/do/0/text/with/to'] });
  await open();
  await say('Text new leads');
  expect(await screen.findByText('Step 1 · to')).toBeTruthy();
  await screen.findByRole('button', { name: 'Send' });
  expect(screen.getByRole('button', { name: 'Submit for approval' })).toHaveProperty('disabled', true);
});

test('a conversation is read again after a reload, tool answers and draft included', async () => {
  routes['/v1/conversations/conv_9'] = () =>
    json({
      conversation: { id: 'conv_9', draft_id: 'draft_1' },
      messages: [
        { id: 'u', role: 'user', content: 'Earlier' },
        { id: 'a', role: 'assistant', toolCalls: [{ id: 'c', type: 'function', function: { name: 'decline', arguments: '{"kind":"out_of_scope","reason":"Not ours."}' } }] },
        { id: 't', role: 'tool', toolCallId: 'c', content: '{}' },
        { id: 'b', role: 'assistant', content: 'Sorry.' },
      ],
      state: { draft: { id: 'draft_1', revision: 2 }, questions: [], submission: 'none' },
      active_run: null,
    });
  await open('conv_9');
  expect(await screen.findByText('Earlier')).toBeTruthy();
  expect(screen.getByText('Not ours.')).toBeTruthy();
  expect(await screen.findByRole('heading', { name: 'Fast reply' })).toBeTruthy();
});

test('a step back and a step forward are offered when there are such steps, and name the revision', async () => {
  routes['/v1/drafts/draft_1/undo'] = () => json({ ...draft, revision: 3 });
  await open();
  await say('Text new leads');
  const undo = await screen.findByRole('button', { name: 'Undo' });
  await waitFor(() => expect((undo as HTMLButtonElement).disabled).toBe(false));
  expect(screen.queryByRole('button', { name: 'Redo' })).toBeNull();
  routes['/v1/drafts/draft_1'] = () => json({ ...draft, revision: 3, undo_revision: null, redo_revision: 2 });
  await userEvent.click(undo);
  const redo = await screen.findByRole('button', { name: 'Redo' });
  expect((undo as HTMLButtonElement).disabled).toBe(true);
  await userEvent.click(redo);
  const steps = posted.filter((call) => call.url.endsWith('/undo')).map((call) => call.body);
  expect(steps).toEqual([{ base_revision: 2 }, { base_revision: 3, to_revision: 2 }]);
});
