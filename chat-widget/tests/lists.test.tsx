import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { announce, forgetReads } from '../src/api/live';
import { forgetPages, merge, usePages, withQuery } from '../src/api/pages';
import { session } from '../src/api/session';
import type { User } from '../src/api/types';
import { LanguageProvider } from '../src/i18n';
import { mayDo } from '../src/pages/assistant/DraftPanel';
import Users from '../src/pages/Users';
import { givableRoles } from '../src/pages/users/roles';
import { madeUp } from '../src/pages/users/PasswordForm';
import { DemoBar } from '../src/ui/DemoBar';
import { Rows } from '../src/ui/List';

interface Row {
  id: string;
  name: string;
}

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
let calls: { method: string; url: string; body?: Record<string, unknown> }[] = [];
let answer: (url: string, method: string) => Response;
let rows: Row[] = [];

/** A server with a list of rows, newest first. */
function listed(url: string): Response {
  const query = new URL(url, 'http://x').searchParams;
  const from = query.get('after') ? rows.findIndex((row) => row.id === query.get('after')) + 1 : 0;
  const items = rows.slice(from, from + Number(query.get('limit')));
  const next = from + items.length < rows.length ? items.at(-1)?.id : undefined;
  return json({ items, ...(next ? { next } : {}) });
}

beforeEach(async () => {
  calls = [];
  rows = Array.from({ length: 120 }, (_, at) => ({ id: `r${String(at).padStart(3, '0')}`, name: `Row ${at}` }));
  answer = listed;
  vi.stubGlobal(
    'fetch',
    vi.fn(async (url: string, init?: RequestInit) => {
      const method = init?.method ?? 'GET';
      if (url === '/v1/auth/login') return json({ access_token: 'a', expires_in: 1800, refresh_token: 'r', user: { id: 'u' } });
      calls.push({ method, url, body: init?.body ? JSON.parse(String(init.body)) : undefined });
      return answer(url, method);
    }),
  );
  await session.signIn('a@b', 'c');
});

afterEach(async () => {
  await session.signOut();
  forgetReads();
  forgetPages();
  vi.unstubAllGlobals();
});

function List() {
  const pages = usePages<Row>('/v1/rows', ['draft'], (row) => row.id);
  return <Rows pages={pages} label="Rows" empty={<p>Nothing</p>} keyOf={(row) => row.id} row={(row) => <a href={`#/${row.id}`}>{row.name}</a>} />;
}

function show(node: React.ReactNode) {
  return render(<LanguageProvider>{node}</LanguageProvider>);
}

test('a list goes on beyond its first page; the focus stays, and the count is said', async () => {
  show(<List />);
  const more = await screen.findByRole('button', { name: 'Load more' });
  expect(screen.getAllByRole('listitem')).toHaveLength(50);
  more.focus();
  await userEvent.keyboard('{Enter}');
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(100));
  expect(screen.getByText('50 more, 100 in all').getAttribute('role')).toBe('status');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Load more' }));
  await userEvent.keyboard('{Enter}');
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(120));
  expect(screen.queryByRole('button')).toBeNull();
  await waitFor(() => expect(document.activeElement?.textContent).toBe('Row 100'));
  expect(screen.getByText('All 120 shown')).toBeTruthy();
});

test('a notice reads what is on screen again, new rows in front, none twice', async () => {
  show(<List />);
  await userEvent.click(await screen.findByRole('button', { name: 'Load more' }));
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(100));
  rows = [{ id: 'new', name: 'New one' }, ...rows.map((row) => ({ ...row, name: `${row.name}!` }))];
  announce({ kind: 'draft', id: 'd' });
  await screen.findByText('New one');
  const shown = screen.getAllByRole('listitem').map((item) => item.textContent);
  expect(shown[0]).toBe('New one');
  expect(shown[1]).toBe('Row 0!');
  expect(new Set(shown).size).toBe(shown.length);
  expect(calls.at(-1)?.url).toBe('/v1/rows?limit=100');
  // The list became short: nothing of before is left.
  rows = rows.slice(0, 2);
  announce({ kind: 'draft', id: 'd' });
  await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(2));
  expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull();
});

test('fresh rows come first and older ones stay', () => {
  const key = (text: string) => text;
  expect(merge(['d', 'c', 'b'], ['c', 'b', 'a', 'z'], key)).toEqual(['d', 'c', 'b', 'a', 'z']);
  expect(merge(['b'], ['b', 'a'], key)).toEqual(['b', 'a']);
  // What is not among the fresh rows any more is gone; what moved to the front stands there only.
  expect(merge(['d', 'b'], ['d', 'c', 'b', 'a'], key)).toEqual(['d', 'b', 'a']);
  expect(merge(['a', 'd', 'c'], ['d', 'c', 'b', 'a'], key)).toEqual(['a', 'd', 'c', 'b']);
  expect(merge(['y', 'x'], ['b', 'a'], key)).toEqual(['y', 'x', 'b', 'a']);
  expect(withQuery('/v1/x', { a: '', b: undefined, c: 'é&' })).toBe('/v1/x?c=%C3%A9%26');
  expect(withQuery('/v1/x', {})).toBe('/v1/x');
});

test('what a state of a draft allows', () => {
  expect(mayDo('open')).toEqual({ change: true, submit: true });
  expect(mayDo('withdrawn')).toEqual({ change: true, submit: true });
  expect(mayDo('changes_requested')).toEqual({ change: true, submit: false });
  expect(mayDo('approved')).toEqual({ change: false, submit: false });
  expect(mayDo('submitted')).toEqual({ change: false, submit: false });
});

const ALEX = { id: 'usr_1', name: 'Alex', email: 'alex@x', role: 'dealership_admin', job_roles: [], teams: [], stores: [], active: true } as unknown as User;
const SAM = { ...ALEX, id: 'usr_2', name: 'Sam', email: 'sam@x', role: 'user', job_roles: ['salesperson'], stores: ['main'] } as User;
const ROOT = { ...ALEX, id: 'usr_3', name: 'Root', role: 'super_admin' } as User;

function people(url: string, method: string): Response {
  if (url.startsWith('/v1/users') && method === 'GET') return json({ items: [ALEX, SAM, ROOT] });
  if (url === '/v1/job-roles') return json([{ id: 'salesperson', en: 'salesperson', es: 'vendedor' }, { id: 'gm', en: 'general manager', es: 'gerente general' }]);
  if (url.startsWith('/v1/stores')) return json({ items: [{ id: 'main', name: 'Main store', timezone: 'America/Chicago' }] });
  return json(SAM);
}

test('an administrator changes somebody, but neither themselves nor who stands above', async () => {
  answer = people;
  show(<Users user={ALEX} />);
  const rowOf = async (name: string) => (await screen.findByText(name, { selector: 'strong' })).closest('li') as HTMLElement;
  const own = within(await rowOf('Alex'));
  expect(own.queryByRole('button', { name: /Deactivate/ })).toBeNull();
  const above = within(await rowOf('Root'));
  expect(above.queryAllByRole('button')).toEqual([]);
  const sam = within(await rowOf('Sam'));
  await userEvent.click(sam.getByRole('button', { name: 'Edit Sam' }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getAllByRole('option').map((option) => option.textContent)).toEqual(['Staff', 'Manager', 'Administrator']);
  await userEvent.selectOptions(dialog.getByRole('combobox'), 'manager');
  await userEvent.click(dialog.getByRole('checkbox', { name: 'general manager' }));
  await userEvent.click(await dialog.findByRole('checkbox', { name: 'Main store' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(calls.find((call) => call.method === 'PATCH')).toMatchObject({
    url: '/v1/users/usr_2',
    body: { name: 'Sam', role: 'manager', job_roles: ['salesperson', 'gm'], stores: [] },
  });
  expect(screen.getByText('Sam is changed.')).toBeTruthy();
});

test('a refused change says what to do, and nothing is closed', async () => {
  answer = (url, method) => (method === 'PATCH' ? json({ code: 'last_administrator', title: 'No' }, 409) : people(url, method));
  show(<Users user={{ ...ALEX, id: 'usr_9' }} />);
  const row = within((await screen.findByText('Alex', { selector: 'strong' })).closest('li') as HTMLElement);
  await userEvent.click(row.getByRole('button', { name: 'Deactivate Alex' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Deactivate' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Make somebody else one first');
  expect(screen.getByRole('dialog')).toBeTruthy();
});

test('roles are given up to one’s own', () => {
  expect(givableRoles('manager')).toEqual(['user', 'manager']);
  expect(givableRoles('super_admin')).toHaveLength(4);
});

test('a made-up password is long, has no look-alikes and is never the same', () => {
  const made = new Set(Array.from({ length: 50 }, madeUp));
  expect(made.size).toBe(50);
  for (const password of made) expect(password).toMatch(/^([a-km-np-zA-HJ-NP-Z2-9]{5}-){3}[a-km-np-zA-HJ-NP-Z2-9]{5}$/);
});

test('skipping ahead is offered to whom the server allows it, and hides when it refuses', async () => {
  let permissions: string[] = [];
  answer = (url, method) => {
    if (url === '/v1/me') return json({ permissions });
    if (url === '/v1/engine/clock') return json({ now: '2026-03-10T15:00:00Z', ahead_s: 0, movable: true });
    if (method === 'POST') return json({ code: 'permission_missing', title: 'No' }, 403);
    return json([]);
  };
  const without = show(<DemoBar />);
  await screen.findByText(/Mar 10, 2026/);
  expect(screen.queryByRole('button', { name: '5 min' })).toBeNull();
  without.unmount();
  forgetReads();
  permissions = ['move_clock'];
  show(<DemoBar />);
  await userEvent.click(await screen.findByRole('button', { name: 'Next moment' }));
  expect(calls.find((call) => call.method === 'POST')?.body).toEqual({ to: 'next' });
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Next moment' })).toBeNull());
  expect(screen.getByText(/Your role does not allow this/)).toBeTruthy();
});
