/**
 * One run of the assistant: send the message, follow the stream, and when the connection breaks, follow on from the
 * last event seen. The run belongs to the server; a lost connection costs nothing.
 */
import { stream } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { AguiEvent } from './reducer';
import { readSse } from './sse';

export interface RunInput {
  threadId: string;
  runId: string;
  messages: { id: string; role: 'user'; content: string }[];
}

/** Waits between attempts to follow a run again, in milliseconds. */
const RETRIES = [300, 1000, 2500, 5000, 8000];

/** `unknown`: the server has no such run, so the message never reached it. */
export type RunEnd = 'ended' | 'cut' | 'unknown';

export async function startRun(
  input: RunInput,
  on: (event: AguiEvent) => void,
  signal: AbortSignal,
  wait: (ms: number) => Promise<void> = pause,
): Promise<RunEnd> {
  const body = { ...input, state: {}, tools: [], context: [], forwardedProps: {} };
  const cursor = { run: input.runId, after: 0 };
  try {
    const response = await stream('/v1/agent', { method: 'POST', body: JSON.stringify(body), signal });
    if (await follow(response, on, cursor)) return 'ended';
  } catch (error) {
    const refused = error instanceof ApiProblem && error.status > 0;
    if (signal.aborted || refused) throw error;
    // The connection broke, perhaps after the message arrived: ask for the run before the words are given back.
    const end = await resume(cursor, on, signal, wait);
    if (end === 'unknown') throw error;
    return end;
  }
  return resume(cursor, on, signal, wait);
}

/** Follows a run that is under way, from the event after `after`. */
export async function resume(
  cursor: { run: string; after: number },
  on: (event: AguiEvent) => void,
  signal: AbortSignal,
  wait: (ms: number) => Promise<void> = pause,
): Promise<RunEnd> {
  for (const delay of RETRIES) {
    if (signal.aborted) return 'cut';
    try {
      const response = await stream(`/v1/runs/${cursor.run}/events?after=${cursor.after}`, { signal });
      if (await follow(response, on, cursor)) return 'ended';
    } catch (error) {
      // A refusal will not change; a lost connection may come back.
      if (error instanceof ApiProblem && error.status === 404) return 'unknown';
      if (error instanceof ApiProblem && error.status >= 400 && error.status < 500) return 'cut';
    }
    await wait(delay);
  }
  return 'cut';
}

/** True when the run ended within this stream. */
async function follow(
  response: Response,
  on: (event: AguiEvent) => void,
  cursor: { run: string; after: number },
): Promise<boolean> {
  if (!response.body) return false;
  for await (const frame of readSse(response.body)) {
    const event = parse(frame.data);
    if (!event) continue;
    const [run, number] = splitId(frame.id);
    if (run) cursor.run = run;
    if (number !== undefined) {
      // After a reconnect the server may repeat what we have: deltas must not be added twice.
      if (number <= cursor.after) continue;
      cursor.after = number;
    }
    on(event);
    if (event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') return true;
  }
  return false;
}

function parse(data: string): AguiEvent | undefined {
  try {
    const event = JSON.parse(data) as AguiEvent;
    return typeof event?.type === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}

function splitId(id: string | undefined): [string | undefined, number | undefined] {
  const at = id?.lastIndexOf(':') ?? -1;
  if (!id || at < 0) return [undefined, undefined];
  const number = Number(id.slice(at + 1));
  return Number.isInteger(number) ? [id.slice(0, at), number] : [undefined, undefined];
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
