/**
 * The one way to the server: adds the access token, renews it when it ends, and turns every refusal into an
 * `ApiProblem` with a stable code.
 */
import { ApiProblem, checked, problemOf } from './problem';
import { session } from './session';

/** Longest wait for an answer that is not a stream, in milliseconds. */
const PATIENCE = 35_000;
/** The same of a file that is sent. */
const UPLOAD_PATIENCE = 300_000;

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

/** Sends a file, and tells meanwhile which share of it has gone, from 0 to 1. `fetch` cannot tell that. */
export async function upload<T>(path: string, file: Blob, onProgress: (share: number) => void): Promise<T> {
  const first = await put(path, file, onProgress, await session.accessToken());
  const refused = first.status === 401 ? await problemOf(first) : undefined;
  if (refused && !refused.code.startsWith('token_')) throw refused;
  const response = await checked(refused ? await put(path, file, onProgress, await session.renew()) : first);
  return (await response.json()) as T;
}

function put(path: string, file: Blob, onProgress: (share: number) => void, token: string | undefined): Promise<Response> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const gone = () => failed(new ApiProblem(0, 'offline', 'The server cannot be reached'));
    request.open('PUT', path);
    request.timeout = UPLOAD_PATIENCE;
    request.setRequestHeader('content-type', 'application/octet-stream');
    if (token) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1);
    request.onload = () => done(new Response(request.responseText, { status: request.status }));
    request.onerror = gone;
    request.ontimeout = gone;
    request.send(file);
  });
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
