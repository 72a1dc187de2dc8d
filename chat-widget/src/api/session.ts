/**
 * Who is signed in. The access token lives in memory only. The refresh token lies in `sessionStorage`, so that a
 * reload keeps the sign-in and closing the tab ends it: acceptable because this page is first-party, served with a
 * strict content security policy and without foreign scripts; each refresh token is good once and a stolen copy that
 * is used ends the whole sign-in.
 */
import { ApiProblem, checked } from './problem';
import type { TokenResponse, User } from './types';

const KEY = 'auterity.refresh';
/** Renew this long before the token ends, in milliseconds. */
const MARGIN = 60_000;

type Listener = (user: User | undefined) => void;

class Session {
  private access?: { token: string; until: number };
  private renewing?: Promise<string | undefined>;
  private readonly listeners = new Set<Listener>();
  user?: User;

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes up the sign-in of before a reload, when there is one. */
  async restore(): Promise<User | undefined> {
    if (!sessionStorage.getItem(KEY)) return undefined;
    await this.renew().catch(() => undefined);
    return this.user;
  }

  async signIn(email: string, password: string): Promise<User> {
    const tokens = await call('/v1/auth/login', { email, password });
    return this.take(tokens);
  }

  async signOut(): Promise<void> {
    const refresh = sessionStorage.getItem(KEY);
    this.drop();
    if (refresh) await call('/v1/auth/logout', { refresh_token: refresh }).catch(() => undefined);
  }

  async accessToken(): Promise<string | undefined> {
    if (this.access && Date.now() < this.access.until - MARGIN) return this.access.token;
    return this.renew();
  }

  /** One renewal at a time: a refresh token is good once. */
  renew(): Promise<string | undefined> {
    this.renewing ??= this.exchange().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async exchange(): Promise<string | undefined> {
    const refresh = sessionStorage.getItem(KEY);
    if (!refresh) {
      this.drop();
      return undefined;
    }
    try {
      this.take(await call('/v1/auth/refresh', { refresh_token: refresh }));
      return this.access?.token;
    } catch (error) {
      // Only a refusal ends the sign-in; an unreachable server does not.
      if (error instanceof ApiProblem && error.status === 401) this.drop();
      throw error;
    }
  }

  private take(tokens: TokenResponse): User {
    this.access = { token: tokens.access_token, until: Date.now() + tokens.expires_in * 1000 };
    sessionStorage.setItem(KEY, tokens.refresh_token);
    this.set(tokens.user);
    return tokens.user;
  }

  private drop(): void {
    this.access = undefined;
    sessionStorage.removeItem(KEY);
    this.set(undefined);
  }

  private set(user: User | undefined): void {
    this.user = user;
    for (const listener of this.listeners) listener(user);
  }
}

async function call(path: string, body: unknown): Promise<TokenResponse> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal: AbortSignal.timeout(20_000),
    });
  } catch {
    throw new ApiProblem(0, 'offline', 'The server cannot be reached');
  }
  await checked(response);
  return response.status === 204 ? (undefined as unknown as TokenResponse) : ((await response.json()) as TokenResponse);
}

export const session = new Session();
