import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { get } from '../src/api/client';
import { session } from '../src/api/session';

const user = { id: 'usr_1', name: 'Sam', email: 'sam@x' };
let served: { url: string; authorization: string | null; body: string }[] = [];
let handlers: Record<string, (authorization: string | null) => Response> = {};
let given = 0;

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const tokens = (expires = 1800) => {
  given += 1;
  return json(200, { access_token: `access${given}`, expires_in: expires, refresh_token: `refresh${given}`, user });
};

beforeEach(() => {
  served = [];
  given = 0;
  handlers = { '/v1/auth/login': () => tokens(), '/v1/auth/refresh': () => tokens(), '/v1/auth/logout': () => new Response(null, { status: 204 }) };
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    const authorization = new Headers(init.headers).get('authorization');
    served.push({ url, authorization, body: String(init.body ?? '') });
    return Promise.resolve(handlers[url]?.(authorization) ?? json(404, { code: 'not_found', title: 'Not found' }));
  });
});

afterEach(async () => {
  await session.signOut();
  vi.unstubAllGlobals();
});

test('the access token stays in memory, the refresh token in this tab', async () => {
  await session.signIn('sam@x', 'demo');
  expect(JSON.stringify({ ...sessionStorage })).toContain('refresh1');
  expect(JSON.stringify({ ...sessionStorage, ...localStorage })).not.toContain('access1');
});

test('requests carry the token; a token that ended is renewed once for all', async () => {
  handlers['/v1/thing'] = (authorization) =>
    authorization === 'Bearer access2' ? json(200, { ok: true }) : json(401, { code: 'token_expired', title: 'x' });
  await session.signIn('sam@x', 'demo');
  const answers = await Promise.all([get('/v1/thing'), get('/v1/thing'), get('/v1/thing')]);
  expect(answers).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(served.filter((call) => call.url === '/v1/auth/refresh')).toHaveLength(1);
});

test('a token about to end is renewed before it is used', async () => {
  handlers['/v1/auth/login'] = () => tokens(30);
  handlers['/v1/thing'] = () => json(200, 1);
  await session.signIn('sam@x', 'demo');
  await get('/v1/thing');
  expect(served.at(-1)).toMatchObject({ url: '/v1/thing', authorization: 'Bearer access2' });
});

test('a refused renewal ends the sign-in, an unreachable server does not', async () => {
  handlers['/v1/auth/login'] = () => tokens(0);
  await session.signIn('sam@x', 'demo');
  handlers['/v1/auth/refresh'] = () => {
    throw new TypeError('network');
  };
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  await expect(get('/v1/thing')).rejects.toMatchObject({ code: 'offline' });
  expect(session.user).toBeDefined();
  vi.stubGlobal('fetch', () => Promise.resolve(json(401, { code: 'refresh_reused', title: 'x' })));
  await expect(get('/v1/thing')).rejects.toMatchObject({ code: 'refresh_reused' });
  expect(session.user).toBeUndefined();
  expect(sessionStorage).toHaveLength(0);
});

test('signing out tells the server and forgets everything', async () => {
  await session.signIn('sam@x', 'demo');
  await session.signOut();
  expect(served.at(-1)).toMatchObject({ url: '/v1/auth/logout', body: '{"refresh_token":"refresh1"}' });
  expect(sessionStorage).toHaveLength(0);
});

test('problems keep code, fields and the time to wait', async () => {
  handlers['/v1/thing'] = () =>
    new Response(JSON.stringify({ title: 'Invalid', code: 'invalid_body', errors: [{ pointer: '/a', message: 'no' }], request_id: 'req_1' }), {
      status: 422,
      headers: { 'retry-after': '7' },
    });
  await session.signIn('sam@x', 'demo');
  await expect(get('/v1/thing')).rejects.toMatchObject({
    status: 422,
    code: 'invalid_body',
    message: 'Invalid',
    errors: [{ pointer: '/a', message: 'no' }],
    requestId: 'req_1',
    retryAfter: 7,
  });
});
