/** Starting a workflow by hand: fields out of its input schema, sent as the schema wants them, once. */
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { forgetReads } from '../src/api/live';
import type { WorkflowDetail } from '../src/api/types';
import { initial, input, StartForm } from '../src/pages/StartForm';
import { accessible, json, serve, show } from './show';

const schema = {
  type: 'object',
  required: ['customer_id', 'reasons', 'urgent'],
  properties: {
    customer_id: { type: 'string', title: 'Customer', description: 'As in the CRM.', minLength: 3 },
    amount: { type: ['number', 'null'], minimum: 1 },
    visits: { type: 'integer', default: 2 },
    kind: { enum: ['oil_change', 'tires'] },
    reasons: { type: 'array', items: { type: 'string' } },
    mileages: { type: 'array', items: { type: 'integer' } },
    urgent: { type: 'boolean' },
    vehicle: { type: 'object', properties: { model: { type: 'string' }, bought_on: { type: 'string', format: 'date' } } },
  },
};
const workflow = (stores: string[] = []) =>
  ({ id: 'wf_1', definition: { input: { schema: { document: schema } }, document: { metadata: { stores } } } }) as unknown as WorkflowDetail;
const stores = { items: [{ id: 'main', name: 'Main' }, { id: 'coast', name: 'Coast' }] };
const START = 'POST /v1/workflows/wf_1/start';

afterEach(() => {
  forgetReads();
  vi.unstubAllGlobals();
});

const field = (name: RegExp) => screen.getByLabelText(name);

/** In one stroke each: what is tested is what arrives, not the typing. */
async function fill() {
  const values: [RegExp, string][] = [
    [/^Customer/, 'cus_1'],
    [/^Amount/, '12.5'],
    [/^Kind/, 'tires'],
    [/^Reasons/, 'noise\n \nsmoke'],
    [/^Mileages/, '100\n200'],
    [/^Model/, 'Camry'],
  ];
  for (const [name, value] of values) fireEvent.change(field(name), { target: { value } });
  await userEvent.click(field(/^Urgent/));
}

test('every field has its label, and what is typed arrives as the schema wants it', async () => {
  const sent = serve({ 'GET /v1/stores': () => json(stores), [START]: () => json({ execution_id: 'exe_1' }, 202) });
  const { container } = await show(<StartForm workflow={workflow()} />);
  await userEvent.selectOptions(await screen.findByLabelText('Store'), 'coast');
  await accessible(container);
  await fill();
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  const link = await screen.findByRole('link', { name: 'See what it does' });
  expect(link.getAttribute('href')).toBe('#/executions/exe_1');
  const call = sent.find((one) => one.method === 'POST');
  expect(call?.body).toEqual({
    store_id: 'coast',
    input: {
      customer_id: 'cus_1',
      amount: 12.5,
      visits: 2,
      kind: 'tires',
      reasons: ['noise', 'smoke'],
      mileages: [100, 200],
      urgent: true,
      vehicle: { model: 'Camry' },
    },
  });
  expect((field(/^Customer/) as HTMLInputElement).value).toBe('');
});

test('what the server refuses stands at its field, and what was typed stays', async () => {
  const refusal = { code: 'invalid_input', title: 'Not valid', errors: [{ pointer: '/input/customer_id', message: 'There is no such customer.' }] };
  serve({ 'GET /v1/stores': () => json(stores), [START]: () => json(refusal, 422) });
  const { container } = await show(<StartForm workflow={workflow(['main'])} />);
  expect(screen.queryByLabelText('Store')).toBeNull();
  await waitFor(() => expect((screen.getByRole('button', { name: 'Start' }) as HTMLButtonElement).disabled).toBe(false));
  await fill();
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  await screen.findByRole('alert');
  const customer = field(/^Customer/) as HTMLInputElement;
  expect([customer.value, customer.getAttribute('aria-invalid')]).toEqual(['cus_1', 'true']);
  const about = (customer.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent?.trim());
  expect(about).toEqual(['As in the CRM.', 'There is no such customer.']);
  await accessible(container);
});

test('a try after a lost answer is the same start; the next one is another', async () => {
  let lost = true;
  const sent = serve({
    'GET /v1/stores': () => json(stores),
    [START]: () => {
      if (!lost) return json({ execution_id: 'exe_1' }, 202);
      lost = false;
      throw new TypeError('network');
    },
  });
  await show(<StartForm workflow={workflow(['main'])} />);
  await waitFor(() => expect((screen.getByRole('button', { name: 'Start' }) as HTMLButtonElement).disabled).toBe(false));
  await fill();
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  await screen.findByRole('alert');
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  await screen.findByRole('link', { name: 'See what it does' });
  await fill();
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  await waitFor(() => expect(sent.filter((one) => one.method === 'POST')).toHaveLength(3));
  const [first, second, third] = sent.filter((one) => one.method === 'POST').map((one) => one.headers.get('idempotency-key'));
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

test('defaults, empty values and empty objects', () => {
  expect(initial(schema)).toEqual({ visits: 2, urgent: false, vehicle: {} });
  expect(input(schema, {})).toEqual({ reasons: [] });
  expect(input({ properties: { at: { type: 'string', format: 'date-time' } } }, { at: '2026-03-10T15:00' })).toEqual({
    at: new Date('2026-03-10T15:00').toISOString(),
  });
});
