import { HttpAgent } from '@ag-ui/client';
import { describe, expect, test, vi } from 'vitest';

import { EMPTY, reduce, type View } from '../src/agui/reducer';
import { response, SCENARIOS, sse } from './scenarios';

const play = (name: string): View => (SCENARIOS[name] ?? []).reduce(reduce, EMPTY);

/** What the reference client makes of the same bytes. */
async function reference(name: string) {
  vi.stubGlobal('fetch', () => Promise.resolve(response(sse(SCENARIOS[name] ?? []))));
  const agent = new HttpAgent({ url: 'http://agent.test/', threadId: 't' });
  await agent.runAgent({}).catch(() => undefined);
  vi.unstubAllGlobals();
  return agent;
}

describe('the same stream gives the same view as the reference client', () => {
  test.each(Object.keys(SCENARIOS))('%s', async (name) => {
    const ours = play(name);
    const theirs = await reference(name);
    expect(ours.state).toEqual(theirs.state);
    const their = theirs.messages
      .filter((message) => message.role !== 'tool')
      .map((message) => {
        const calls = 'toolCalls' in message ? (message.toolCalls ?? []) : [];
        const answer = (id: string) => theirs.messages.find((one) => one.role === 'tool' && one.toolCallId === id);
        return {
          id: message.id,
          role: message.role,
          content: message.content ?? '',
          calls: calls.map((call) => [call.id, call.function.name, call.function.arguments, answer(call.id)?.content]),
        };
      });
    const our = ours.messages.map((message) => ({
      id: message.id,
      role: message.role,
      content: message.content,
      calls: message.toolCalls.map((call) => [call.id, call.name, call.args, call.result]),
    }));
    expect(our).toEqual(their);
  });
});

test('how a run ends', () => {
  expect(play('text only').status).toBe('idle');
  const failed = play('all messages at once, then an error');
  expect(failed.status).toBe('error');
  expect(failed.error).toEqual({ message: 'The server stopped.', code: 'interrupted' });
  expect(reduce(EMPTY, { type: 'RUN_FINISHED', outcome: { type: 'cancelled' } }).status).toBe('cancelled');
});

test('a state change that does not apply is told, and changes nothing', () => {
  const view = { ...EMPTY, state: { draft: { revision: 7 } } };
  const delta = [
    { op: 'test', path: '/draft/revision', value: 6 },
    { op: 'replace', path: '/draft/revision', value: 8 },
  ];
  const after = reduce(view, { type: 'STATE_DELTA', delta });
  expect(after.stale).toBe(true);
  expect(after.state).toEqual({ draft: { revision: 7 } });
  expect(reduce(after, { type: 'STATE_SNAPSHOT', snapshot: {} }).stale).toBe(false);
});

test('a change never touches the view before it', () => {
  const before = play('state changes in a row');
  const copy = structuredClone(before);
  reduce(before, { type: 'STATE_DELTA', delta: [{ op: 'add', path: '/x', value: 1 }] });
  reduce(before, { type: 'TEXT_MESSAGE_START', messageId: 'new', role: 'assistant' });
  expect(before).toEqual(copy);
});

test('unknown events and unknown fields are left alone', () => {
  expect(reduce(EMPTY, { type: 'SOMETHING_NEW', value: 1 })).toBe(EMPTY);
});

test('what a turn spent stays until the next one begins', () => {
  const usage = { turn: { input_tokens: 100, output_tokens: 14, cost_microdollars: 0, seconds: 2 }, day: { tokens_left: 5 } };
  const left = reduce(EMPTY, { type: 'CUSTOM', name: 'compaction', value: { turns_left_out: 3 } });
  const after = reduce(left, { type: 'CUSTOM', name: 'usage', value: usage });
  expect([after.leftOut, after.usage]).toEqual([3, usage]);
  const next = reduce(after, { type: 'RUN_STARTED' });
  expect([next.leftOut, next.usage]).toEqual([undefined, undefined]);
  expect(reduce(EMPTY, { type: 'CUSTOM', name: 'other', value: 1 })).toBe(EMPTY);
});
