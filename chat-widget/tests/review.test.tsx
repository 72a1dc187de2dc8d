/** What a manager reads and answers: in their language, by the engine's clock, with the answers that make sense. */
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { EngineTime } from '../src/api/clock';
import { forgetReads } from '../src/api/live';
import type { Change, Diagnostic, Review, SampleMessage, Warning } from '../src/api/types';
import { LanguageProvider } from '../src/i18n';
import { Decide } from '../src/pages/approvals/Decide';
import { StatusDialog } from '../src/pages/workflows/StatusDialog';
import { ChangeList, Diagnostics, Messages, Warnings } from '../src/ui/Changes';
import { Sources } from '../src/ui/Sources';
import { Time } from '../src/ui/parts';
import { json, serve, show } from './show';

afterEach(() => {
  forgetReads();
  localStorage.clear();
  vi.unstubAllGlobals();
});

const readback = {
  language: 'en' as const,
  title: '',
  summary: '',
  trigger: '',
  stores: [],
  steps: [{ pointer: '/do/0/text', number: '1', name: 'text', kind: 'call', text: 'Text the customer', children: [] }],
};
const change = { kind: 'changed', pointer: '/do/0/text', words: 'Wait: 10 minutes → 5 minutes', words_es: 'Espera: 10 minutos → 5 minutos' } as Change;
const finding = {
  code: 'policy.stop_wording',
  severity: 'warning',
  pointer: '/do/0/text/with/body',
  message: 'the first text does not say how to opt out',
  hint: 'End it with: Reply STOP to opt out.',
  message_es: 'el primer mensaje no dice cómo dejar de recibirlos',
  hint_es: 'Termínelo con: Responda STOP.',
} as Diagnostic;
const known = { code: 'can_spam', text: 'Marketing e-mail carries the footer.', en: 'Marketing e-mail carries the footer.', es: 'El correo lleva pie.' } as Warning;
const ofAModel = { code: 'quiet_hours', text: 'At nine it is too late there.' } as Warning;
const message = { pointer: '/do/0/text/with/body', to_customer: true, rendered: '[text written at run time]', rendered_es: '[texto que se escribe al ejecutarse]' } as SampleMessage;

test('changes, findings, notices and messages are in the language of the reader', async () => {
  const all = (
    <>
      <ChangeList changes={[change]} />
      <Diagnostics list={[finding]} readback={readback} />
      <Warnings list={[known, ofAModel]} />
      <Messages list={[message]} readback={readback} />
      <Sources definition={{}} provenance={{ '/a': { source: 'default', note: 'not said' } }} values={{}} />
    </>
  );
  const english = await show(all);
  const en = english.container.textContent ?? '';
  for (const words of [change.words, 'Step 1: The first text does not say', finding.hint, known.text, ofAModel.text, message.rendered, 'not said']) {
    expect(en).toContain(words);
  }
  english.unmount();
  const es = (await show(all, 'es')).container.textContent ?? '';
  const spoken = [change.words_es, 'Paso 1: El primer mensaje no dice', finding.hint_es, 'El correo lleva pie.', ofAModel.text, message.rendered_es, 'no se dijo'];
  for (const words of spoken) expect(es).toContain(words);
  for (const words of [change.words, finding.message, known.text, message.rendered]) expect(es).not.toContain(words);
});

const asked = (subject_kind: Review['subject_kind'], options?: string[]) =>
  ({ id: 'apr_1', subject_kind, status: 'pending', may_decide: true, standing: 'may', details: { options } }) as unknown as Review;

test('the question about late messages has two answers and no third that means one of them', async () => {
  const sent = serve({ 'POST /v1/approvals/apr_1/decision': () => json({ approval: { status: 'approved' } }) });
  await show(<Decide review={asked('workflow', ['send_now', 'skip'])} done={() => undefined} />);
  expect(screen.getAllByRole('button').map((button) => button.textContent)).toEqual(['Send now', 'Skip them']);
  await userEvent.click(screen.getByRole('button', { name: 'Skip them' }));
  await screen.findByText('Your decision is recorded.');
  expect(sent.at(-1)?.body).toEqual({ decision: 'approved', choice: 'skip' });
});

test('a question of a running workflow can be answered with no', async () => {
  await show(<Decide review={asked('execution', ['sedan', 'truck'])} done={() => undefined} />);
  expect(screen.getByRole('button', { name: 'Reject' })).toBeTruthy();
});

test('retiring asks once what becomes of what is running', async () => {
  const confirmed: string[] = [];
  const executions = { open: 2, held: 0, late: 0 };
  await show(
    <StatusDialog act="retire" executions={executions} working={false} onClose={() => undefined} onConfirm={(what) => confirmed.push(what)} />,
  );
  const said = screen.getByRole('dialog').textContent ?? '';
  expect(said.match(/Running now: 2/g)).toHaveLength(1);
  expect(said).not.toContain('version it began with');
  await userEvent.click(screen.getByLabelText('Stop it before its next step'));
  await userEvent.click(screen.getByRole('button', { name: 'Retire' }));
  expect(confirmed).toEqual(['cancel']);
});

test('how long ago counts from the clock of the engine, and says so', async () => {
  serve({ 'GET /v1/engine/clock': () => json({ now: '2026-03-12T15:00:00Z', ahead_s: 172_800, movable: true }) });
  const at = new Date(Date.now() + 172_800_000 - 600_000).toISOString();
  localStorage.setItem('auterity.language', 'en');
  render(
    <LanguageProvider>
      <EngineTime>
        <Time at={at} />
      </EngineTime>
    </LanguageProvider>,
  );
  const shown = await screen.findByText('10 minutes ago');
  expect(shown.title).toContain('by the engine clock');
});
