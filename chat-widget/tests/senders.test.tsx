/** Systems that send events: the secret is shown once, a new one replaces it, and an end is asked about. */
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { forgetPages } from '../src/api/pages';
import Senders from '../src/pages/Senders';
import { accessible, json, serve, show } from './show';

const dms = { id: 'snd_1', name: 'DMS', source: '/dealers/main/dms', created_by: 'usr_1', created_at: '2026-03-10T15:00:00Z' };
const old = { ...dms, id: 'snd_2', name: 'Old site', revoked_at: '2026-03-11T15:00:00Z' };
const ROUTES = {
  'GET /v1/events/senders': () => json({ items: [dms, old] }),
  'POST /v1/events/senders': () => json({ sender: { ...dms, id: 'snd_3', name: 'Phone' }, secret: 'whsec_new' }, 201),
  'POST /v1/events/senders/snd_1/secret': () => json({ sender: dms, secret: 'whsec_other' }),
  'DELETE /v1/events/senders/snd_1': () => new Response(null, { status: 204 }),
};

afterEach(() => {
  forgetPages();
  vi.unstubAllGlobals();
});

test('who sends events, and who does not any more', async () => {
  serve(ROUTES);
  const { container } = await show(<Senders />);
  const rows = await screen.findAllByRole('listitem');
  expect(rows.map((row) => within(row).queryAllByRole('button').length)).toEqual([2, 0]);
  expect(rows[1]?.textContent).toContain('ended');
  await accessible(container);
});

test('a system is let in, and its secret is shown once', async () => {
  const sent = serve(ROUTES);
  const { container } = await show(<Senders />);
  await userEvent.click(screen.getByRole('button', { name: 'Let a system in' }));
  await userEvent.type(screen.getByLabelText('Name'), ' Phone ');
  await userEvent.type(screen.getByLabelText(/^What its events begin with/), '/dealers/main/phone');
  await userEvent.click(screen.getByRole('button', { name: 'Let it in' }));
  expect(await screen.findByText('whsec_new')).toBeTruthy();
  expect(sent.find((one) => one.method === 'POST')?.body).toEqual({ name: 'Phone', source: '/dealers/main/phone' });
  await accessible(container);
  // Escape does not take away what cannot be read again.
  await userEvent.keyboard('{Escape}');
  expect(screen.getByText('whsec_new')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'I have kept it' }));
  expect(screen.queryByText('whsec_new')).toBeNull();
});

test('a new secret is asked about, with the time the old one still holds, then shown', async () => {
  const sent = serve(ROUTES);
  await show(<Senders />);
  await userEvent.click(await screen.findByRole('button', { name: 'New secret DMS' }));
  const dialog = screen.getByRole('dialog', { name: 'A new secret for DMS?' });
  await userEvent.selectOptions(within(dialog).getByLabelText('What it signs with the old secret'), 'is taken for one more week');
  await userEvent.click(within(dialog).getByRole('button', { name: 'New secret' }));
  expect(await screen.findByText('whsec_other')).toBeTruthy();
  expect(sent.find((one) => one.method === 'POST')?.url).toBe('/v1/events/senders/snd_1/secret?overlap_hours=168');
});

test('an old secret that still holds is shown, one that does not any more is not', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const items = [{ ...dms, old_secret_until: later }, { ...dms, id: 'snd_4', name: 'Phone', old_secret_until: '2026-03-11T15:00:00Z' }];
  serve({ ...ROUTES, 'GET /v1/events/senders': () => json({ items }) });
  await show(<Senders />);
  const rows = await screen.findAllByRole('listitem');
  expect(rows.map((row) => row.textContent?.includes('Its old secret is taken until'))).toEqual([true, false]);
});

test('an end is asked about, and said', async () => {
  const sent = serve(ROUTES);
  await show(<Senders />);
  await userEvent.click(await screen.findByRole('button', { name: 'End DMS' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel' }));
  expect(sent.some((one) => one.method === 'DELETE')).toBe(false);
  await userEvent.click(screen.getByRole('button', { name: 'End DMS' }));
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'End' }));
  expect(await screen.findByText('DMS is ended.')).toBeTruthy();
  expect(sent.some((one) => one.method === 'DELETE' && one.url === '/v1/events/senders/snd_1')).toBe(true);
});
