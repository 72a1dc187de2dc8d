/**
 * The story of the README by its own curl lines: the block is read out of README.md and run in one shell, with
 * `kill -9` where the text says so. What stands there therefore works, at any hour of the day.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Checks } from './lib.mjs';
import { startServer } from './server.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PRINTED = 'base=http://127.0.0.1:8080';
const KILL = /^# 5\. kill -9/m;
const PAUSE = '== kill the server and start it again ==';

if (process.env.E2E_URL) throw new Error('the story kills its server: it does not run against E2E_URL');

/** The shell block under the heading, for a server at `address`, with a pause before the step that kills it. */
function storyFor(address) {
  const [, section] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## The story, by curl');
  const [, block] = /```sh\n([\s\S]*?)```/.exec(section);
  if (!block.includes(PRINTED) || !KILL.test(block)) throw new Error('the story of the README has changed its shape');
  const paused = block.replace(PRINTED, `base=${address}`).replace(KILL, `echo; echo '${PAUSE}'; read -r\n$&`);
  return `set -euo pipefail\n${paused}`;
}

/** Runs the story; kills and restarts the server at the pause. Answers the exit code and all that was printed. */
async function tell(server, folder) {
  const shell = spawn('bash', ['-c', storyFor(server.url)], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const limit = setTimeout(() => shell.kill('SIGKILL'), 120_000);
  let said = '';
  let killed = false;
  shell.stdout.on('data', async (chunk) => {
    said += chunk;
    if (killed || !said.includes(PAUSE)) return;
    killed = true;
    await server.kill();
    await server.start();
    shell.stdin.end('\n');
  });
  const [code] = await once(shell, 'close');
  clearTimeout(limit);
  return { code, said, killed };
}

async function read(server, path) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ email: 'maria@lakeside.example', password: 'demo' });
  const { access_token } = await (await fetch(`${server.url}/v1/auth/login`, { method: 'POST', headers, body })).json();
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${access_token}` } });
  return (await answer.json()).items;
}

const checks = new Checks();
const server = await startServer();
// the lines are printed for the root of the repository, and leave a file behind
const folder = mkdtempSync(join(tmpdir(), 'auterity-readme-'));
symlinkSync(join(ROOT, 'tests'), join(folder, 'tests'));
try {
  const { code, said, killed } = await tell(server, folder);
  checks.that(code === 0, `every line of the story succeeds (exit code ${code})`);
  checks.that(killed, 'the server was killed in the wait');
  // by day nothing is held, and the second skip has nothing to go to: the README says so
  const problems = [...said.matchAll(/auterity\.dev\/problems\/(\w+)|RUN_ERROR/g)].map((found) => found[1] ?? found[0]);
  const expected = problems.length === 0 || (problems.length === 1 && problems[0] === 'nothing_due');
  checks.that(expected, `no answer is an error, but for a skip to nothing: ${JSON.stringify(problems)}`);
  const outbox = await read(server, '/v1/outbox');
  const texts = outbox.filter((row) => row.channel === 'sms');
  checks.that(texts.length === 1 && texts[0].status === 'sent', `one text was sent: ${JSON.stringify(texts)}`);
  const notices = outbox.filter((row) => row.channel !== 'sms');
  checks.that(notices.length === 1, `the manager is told once: ${JSON.stringify(notices)}`);
  const executions = await read(server, '/v1/executions');
  checks.that(executions.length === 1 && executions[0].status === 'completed', `one execution, completed: ${JSON.stringify(executions.map((e) => e.status))}`);
  if (checks.failed.length > 0) console.error(said);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
checks.end();
