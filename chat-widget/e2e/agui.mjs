/**
 * The reference client of AG-UI (`@ag-ui/client`) talks to a running server: what it holds after each turn is what the
 * server stores, every stream it was sent passes the protocol's schema and its rules of order, and a replay from any
 * frame gives exactly the rest. With CONFORMANCE_DIR its own check of recorded streams (`agui/golden.mjs`) runs too.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HttpAgent, verifyEvents } from '@ag-ui/client';
import { EventSchema } from '@ag-ui/core/schemas';

import { Checks } from './lib.mjs';
import { startServer } from './server.mjs';

const REQUEST = 'when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr';
const TURNS = [
  ['draft', REQUEST],
  ['edit', 'make it 5 minutes instead'],
  ['question', 'what does it do at night?'],
  ['undo', 'undo that'],
];

const server = await startServer();
const checks = new Checks();
/** Raw streams by name. */
const recorded = new Map();
try {
  const token = await signIn('sam');
  await conversation(token);
  await refused(token);
  checks.that((await faults(broken(recorded.get('draft')))).length > 0, 'a cut stream is noticed');
  if (process.env.CONFORMANCE_DIR) golden(join(process.env.CONFORMANCE_DIR, 'agui/golden.mjs'));
} finally {
  await server.stop();
}
checks.end();

async function signIn(first) {
  const answer = await fetch(`${server.url}/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${first}@lakeside.example`, password: 'demo' }),
  });
  return (await answer.json()).access_token;
}

async function get(token, path, headers = {}) {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  if (response.status === 429) {
    // more replays a minute than anybody's page asks for: the server says how long to wait
    await new Promise((done) => setTimeout(done, 1000 * Number(response.headers.get('retry-after') ?? 1)));
    return get(token, path, headers);
  }
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return response;
}

function agentFor(token, fetch) {
  return new HttpAgent({ url: `${server.url}/v1/agent`, headers: { authorization: `Bearer ${token}` }, threadId: 'agui', fetch });
}

/** Turns of one conversation through the reference client. */
async function conversation(token) {
  let raw;
  const agent = agentFor(token, async (url, init) => {
    const response = await fetch(url, init);
    const [mine, theirs] = response.body.tee();
    raw = new Response(mine).text();
    return new Response(theirs, response);
  });
  const revisions = [];
  for (const [name, content] of TURNS) {
    agent.addMessage({ id: `msg-${name}`, role: 'user', content });
    await agent.runAgent({ runId: `run-${name}` });
    recorded.set(name, await raw);
    revisions.push(agent.state.draft?.revision);
    checks.none(await faults(recorded.get(name)), `${name}: schema and order`);
    await stored(token, agent, name);
    await replays(token, name);
  }
  checks.that(revisions.join() === '1,2,2,3', `a question changes nothing: revisions ${revisions.join()}`);
  const limits = { draft: 'PT10M', edit: 'PT5M', question: 'PT5M', undo: 'PT10M' };
  for (const [name] of TURNS) {
    const state = snapshotAfter(recorded.get(name));
    checks.that(JSON.stringify(state).includes(limits[name]), `${name}: the draft waits ${limits[name]}`);
  }
}

/** What the client holds is what the server stores. */
async function stored(token, agent, name) {
  const kept = await (await get(token, '/v1/conversations/agui')).json();
  checks.none(differences(lasting(agent.state), lasting(kept.state)), `${name}: the client holds the state of the server`);
  checks.none(differences(agent.messages.map(said), kept.messages.map(said)), `${name}: the client holds the messages of the server`);
  const { definition, digest } = await (await get(token, `/v1/drafts/${agent.state.draft.id}`)).json();
  checks.none(differences(agent.state.draft.definition, definition), `${name}: the client holds the stored draft`);
  checks.that(agent.state.draft.digest === digest, `${name}: with its digest`);
}

/** A state without what belongs to the last turn only. */
function lasting({ draft, ...state }) {
  return { ...state, draft: { ...draft, changes: undefined, citations: undefined } };
}

/** A message; the server names the user's in its own way. */
function said(message) {
  return message.role === 'user' ? { ...message, id: undefined } : message;
}

/** Values that differ, by pointer. */
function differences(left, right, pointer = '') {
  const [one, other] = [left, right].map((value) => (value !== null && typeof value === 'object' ? value : undefined));
  if (!one || !other) return left === right ? [] : [`${pointer}: ${JSON.stringify(left)} and ${JSON.stringify(right)}`];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differences(one[key], other[key], `${pointer}/${key}`));
}

/** A replay after frame n is, byte by byte, what was sent after frame n. */
async function replays(token, name) {
  const frames = framesOf(recorded.get(name));
  const wrong = [];
  for (let after = 0; after <= frames.length; after += 1) {
    const rest = frames.slice(after).join('');
    const path = `/v1/runs/run-${name}/events`;
    const byQuery = await (await get(token, `${path}?after=${after}`)).text();
    const byHeader = await (await get(token, path, { 'last-event-id': `run-${name}:${after}` })).text();
    if (byQuery !== rest) wrong.push(`after=${after}: ${byQuery.length} bytes instead of ${rest.length}`);
    if (byHeader !== rest) wrong.push(`Last-Event-ID ${after}: ${byHeader.length} bytes instead of ${rest.length}`);
  }
  checks.that(frames.every((frame, at) => frame.startsWith(`id: run-${name}:${at + 1}\n`)), `${name}: frames count from one`);
  checks.none(wrong, `${name}: a replay after any of ${frames.length} frames is exactly the rest`);
}

/** What is refused reaches the client as an error; what was sent before is not run again. */
async function refused(token) {
  const nobody = agentFor('no-token');
  nobody.addMessage({ id: 'msg-nobody', role: 'user', content: REQUEST });
  // The client prints what it rejects; here that is wanted and would only look like a failure.
  const print = console.error;
  console.error = () => undefined;
  const ran = await nobody.runAgent({ runId: 'run-nobody' }).then(() => true, () => false);
  console.error = print;
  checks.that(!ran, 'without a token nothing runs');
  const same = await fetch(`${server.url}/v1/agent`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ threadId: 'agui', runId: 'run-draft', messages: [{ id: 'msg-draft', role: 'user', content: REQUEST }] }),
  });
  checks.that((await same.text()) === recorded.get('draft'), 'a message sent twice runs once');
  const other = await signIn('maria');
  const foreign = await fetch(`${server.url}/v1/runs/run-draft/events`, { headers: { authorization: `Bearer ${other}` } });
  checks.that(foreign.status === 404, 'nobody else can follow the run');
}

function framesOf(raw) {
  return raw.split(/(?<=\n\n)/);
}

function dataOf(frame) {
  const lines = frame.split('\n').filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice(5).trimStart()).join('\n');
}

/** What the protocol's own code objects to in a recorded stream. */
async function faults(raw) {
  if (!raw.endsWith('\n\n')) return ['the last frame is cut'];
  const events = framesOf(raw).map(dataOf).filter(Boolean).map((data) => JSON.parse(data));
  const found = events.flatMap((event, at) => {
    const result = EventSchema.safeParse(event);
    return result.success ? [] : [`${at} ${event.type}: ${result.error.issues[0]?.message}`];
  });
  const replayed = new HttpAgent({ url: 'http://recorded.test/', fetch: () => Promise.resolve(eventStream(raw)) });
  const input = { threadId: 't', runId: 'r', messages: [], state: {}, tools: [], context: [], forwardedProps: {} };
  const seen = [];
  await new Promise((done) => {
    verifyEvents(false)(replayed.run(input)).subscribe({
      next: (event) => seen.push(event.type),
      error: (error) => done(found.push(error.message)),
      complete: done,
    });
  });
  if (!['RUN_FINISHED', 'RUN_ERROR'].includes(seen.at(-1))) found.push(`it ends with ${seen.at(-1)}`);
  if (seen.length !== events.length) found.push(`${seen.length} of ${events.length} events got through`);
  return found;
}

function eventStream(raw) {
  return new Response(raw, { headers: { 'content-type': 'text/event-stream' } });
}

/** The same stream without its end. */
function broken(raw) {
  return framesOf(raw).slice(0, -1).join('');
}

/** The last state a stream speaks of. */
function snapshotAfter(raw) {
  return framesOf(raw).map(dataOf).filter((data) => /"type":"STATE_(SNAPSHOT|DELTA)"/.test(data)).at(-1);
}

/** The check that stands beside the project; it finds the client from a place inside this package. */
function golden(script) {
  checks.that(existsSync(script), `${script} is there`);
  const folder = mkdtempSync(fileURLToPath(new URL('../node_modules/.golden-', import.meta.url)));
  try {
    copyFileSync(script, join(folder, 'golden.mjs'));
    for (const [name, raw] of recorded) {
      writeFileSync(join(folder, `${name}.sse`), raw);
      let said;
      try {
        said = execFileSync(process.execPath, ['golden.mjs', `${name}.sse`], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
      } catch (error) {
        said = `${error.stdout}${error.stderr}`;
      }
      checks.that(said.startsWith('golden ok'), `${name}: ${said}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
