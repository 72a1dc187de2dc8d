/** A demo server on a free port with data of its own, or the one that E2E_URL names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** A server that may be killed and started again with the same data at the same address. */
export async function startServer(environment = {}) {
  if (process.env.E2E_URL) return { url: process.env.E2E_URL, stop: async () => undefined };
  const server = new Server(environment);
  await server.start();
  return server;
}

class Server {
  url = '';
  #folder = mkdtempSync(join(tmpdir(), 'auterity-e2e-'));
  #environment;
  #child;
  #ended;

  constructor(environment) {
    this.#environment = {
      ...process.env,
      // The tests speak to the embedded parts, whatever the developer's shell names.
      DATABASE_URL: '',
      OPENAI_API_KEY: '',
      AUTERITY_DATA__DIR: this.#folder,
      AUTERITY_SERVER__BIND: '127.0.0.1:0',
      RUST_LOG: 'warn',
      ...environment,
    };
  }

  /** Starts it; the first time on a free port, then on the same one. */
  async start() {
    this.#child = spawn(binary(), ['serve', '--demo'], { env: this.#environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'exit');
    this.url = await address(this.#child);
    this.#environment.AUTERITY_SERVER__BIND = new URL(this.url).host;
  }

  /** `kill -9`. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Runs a command of the binary on the same data; answers its exit code and what it said. */
  async command(...args) {
    const child = spawn(binary(), args, { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const [code] = await once(child, 'close');
    return { code, said };
  }

  async stop() {
    this.#child.kill('SIGTERM');
    await Promise.race([this.#ended, new Promise((done) => setTimeout(done, 12_000).unref())]);
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The address that a starting server prints. */
function address(child) {
  return new Promise((found, failed) => {
    let said = '';
    const timer = setTimeout(() => failed(new Error(`the server did not start: ${said}`)), 60_000);
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const url = /http:\/\/[\d.:]+/.exec(said)?.[0];
      if (!url) return;
      clearTimeout(timer);
      found(url);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      failed(new Error(`the server ended with ${code}: ${said}`));
    });
  });
}
