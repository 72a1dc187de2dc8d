/**
 * The one way to the server: adds the access token, renews it when it ends, and turns every refusal into an
 * `ApiProblem` with a stable code.
 */
import { ApiProblem, checked, problemOf } from './problem';
import { session } from './session';

/** Longest wait for an answer that is not a stream, in milliseconds. */
const PATIENCE = 35_000;

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, { signal })) as T;
}

export async function post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  return (await send(path, { method: 'POST', body: body === undefined ? undefined : JSON.stringify(body), headers })) as T;
}

export async function patch<T>(path: string, body: unknown): Promise<T> {
  return (await send(path, { method: 'PATCH', body: JSON.stringify(body) })) as T;
}

export async function del(path: string): Promise<void> {
  await send(path, { method: 'DELETE' });
}

async function send(path: string, init: RequestInit): Promise<unknown> {
  const patience = AbortSignal.timeout(PATIENCE);
  const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience;
  const response = await authorised(path, { ...init, signal });
  if (response.status === 204) return undefined;
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** An open stream; the caller reads its body. */
export async function stream(path: string, init: RequestInit): Promise<Response> {
  return authorised(path, { ...init, headers: { accept: 'text/event-stream' } });
}

async function authorised(path: string, init: RequestInit): Promise<Response> {
  const first = await attempt(path, init, await session.accessToken());
  if (first.status !== 401) return checked(first);
  const problem = await problemOf(first);
  if (!problem.code.startsWith('token_')) throw problem;
  // Ended in the meantime (a sleeping laptop): renew once and try again.
  return checked(await attempt(path, init, await session.renew()));
}

async function attempt(path: string, init: RequestInit, token: string | undefined): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.body) headers.set('content-type', 'application/json');
  if (token) headers.set('authorization', `Bearer ${token}`);
  try {
    return await fetch(path, { ...init, headers, credentials: 'omit', cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted && (init.signal.reason as Error | undefined)?.name !== 'TimeoutError') throw error;
    throw new ApiProblem(0, 'offline', 'The server cannot be reached');
  }
}
