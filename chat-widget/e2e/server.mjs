/** A demo server on a free port with data of its own, or the one that E2E_URL names. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The binary: E2E_BINARY, or what `cargo build` made. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const places = [process.env.E2E_BINARY, join(target, 'debug/auterity'), join(target, 'release/auterity')];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error('no binary: run `cargo build` first');
  return found;
}

export async function startServer(environment = {}) {
  if (process.env.E2E_URL) return { url: process.env.E2E_URL, stop: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'auterity-e2e-'));
  const child = spawn(binary(), ['serve', '--demo'], {
    env: { ...process.env, AUTERITY_DATA__DIR: folder, AUTERITY_SERVER__BIND: '127.0.0.1:0', RUST_LOG: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((found, failed) => {
    let said = '';
    const timer = setTimeout(() => failed(new Error(`the server did not start: ${said}`)), 60_000);
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const address = /http:\/\/[\d.:]+/.exec(said)?.[0];
      if (!address) return;
      clearTimeout(timer);
      found(address);
    });
    child.on('exit', (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
  });
  const ended = new Promise((done) => child.on('exit', done));
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([ended, new Promise((done) => setTimeout(done, 12_000))]);
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
