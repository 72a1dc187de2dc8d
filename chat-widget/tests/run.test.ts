import { afterEach, expect, test, vi } from 'vitest';

import { type AguiEvent, EMPTY, reduce } from '../src/agui/reducer';
import { startRun } from '../src/agui/run';
import { response, SCENARIOS, sse } from './scenarios';

const input = { threadId: 't', runId: 'r', messages: [{ id: 'u', role: 'user' as const, content: 'Hi' }] };
const noWait = () => Promise.resolve();
const events = SCENARIOS['a tool call, its result, a state change and a text'] ?? [];

afterEach(() => vi.unstubAllGlobals());

function serve(...answers: (() => Response)[]) {
  const calls: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    calls.push(url);
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    try {
      return Promise.resolve(answer?.() ?? new Response(null, { status: 500 }));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  });
  return calls;
}

async function run(signal = new AbortController().signal) {
  const seen: AguiEvent[] = [];
  const end = await startRun(input, (event) => seen.push(event), signal, noWait);
  return { end, seen, view: seen.reduce(reduce, EMPTY) };
}

test('an unbroken stream', async () => {
  const calls = serve(() => response(sse(events)));
  expect(await run()).toMatchObject({ end: 'ended', view: { status: 'idle' } });
  expect(calls).toEqual(['/v1/agent']);
});

test.each(events.map((_, cut) => cut))('cut after event %i: goes on without loss or repetition', async (cut) => {
  const whole = events.reduce(reduce, EMPTY);
  // The server repeats from the beginning: nothing may be added twice.
  const calls = serve(
    () => response(sse(events.slice(0, cut))),
    () => response(sse(events)),
  );
  const { end, view, seen } = await run();
  expect(end).toBe('ended');
  expect(view).toEqual(whole);
  expect(seen).toHaveLength(events.length);
  if (cut < events.length) expect(calls[1]).toBe(`/v1/runs/r/events?after=${cut}`);
});

test('a lost connection is tried again, then told', async () => {
  const calls = serve(
    () => response(sse(events.slice(0, 3))),
    () => {
      throw new TypeError('network');
    },
  );
  expect((await run()).end).toBe('cut');
  expect(calls.length).toBe(6);
});

test('a message that never arrived is given back', async () => {
  const calls = serve(
    () => {
      throw new TypeError('network');
    },
    () => new Response(JSON.stringify({ code: 'not_found', title: 'x' }), { status: 404 }),
  );
  await expect(run()).rejects.toMatchObject({ code: 'offline' });
  expect(calls).toEqual(['/v1/agent', '/v1/runs/r/events?after=0']);
});

test('a refusal before the stream is an error with its code', async () => {
  const problem = { type: 'x', title: 'No', status: 409, code: 'run_active' };
  serve(() => new Response(JSON.stringify(problem), { status: 409 }));
  await expect(run()).rejects.toMatchObject({ status: 409, code: 'run_active' });
});
