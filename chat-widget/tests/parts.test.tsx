import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import type { ReactNode } from 'react';
import { expect, test, vi } from 'vitest';

import { forgetReads } from '../src/api/live';
import { ApiProblem } from '../src/api/problem';
import type { Readback } from '../src/api/types';
import { LanguageProvider } from '../src/i18n';
import { Questions } from '../src/pages/assistant/Questions';
import { toolOutcome } from '../src/pages/assistant/Transcript';
import { newId } from '../src/pages/assistant/useConversation';
import { parseRoute } from '../src/router';
import { place } from '../src/ui/Changes';
import { Dialog, Problem } from '../src/ui/parts';
import { Prose } from '../src/ui/Prose';
import { Sources } from '../src/ui/Sources';
import { marksOf } from '../src/ui/marks';
import { Steps } from '../src/ui/Steps';
import { accessible, json, serve, show as showIn } from './show';

async function show(node: ReactNode) {
  const shown = render(<LanguageProvider>{node}</LanguageProvider>);
  await vi.waitFor(() => expect(shown.container.childElementCount).toBeGreaterThan(0));
  const found = await axe.run(shown.container, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } });
  expect(found.violations.map((violation) => violation.id)).toEqual([]);
  return shown;
}

const readback: Readback = {
  language: 'en',
  title: 'Fast reply',
  summary: 'Replies.',
  trigger: 'When a lead is created',
  stores: [],
  steps: [
    { pointer: '/do/0/text', number: '1', name: 'text', kind: 'call', text: 'Text the customer', children: [] },
    {
      pointer: '/do/1/wait',
      number: '2',
      name: 'wait',
      kind: 'fork',
      text: 'Wait for whichever comes first',
      children: [
        {
          label: 'After a day',
          steps: [{ pointer: '/do/1/wait/fork/branches/0/day', number: '2.1', name: 'day', kind: 'wait', text: 'Wait 1 day', children: [], covers: ['/do/1/wait/fork/branches/0/hidden'] }],
        },
      ],
    },
  ],
};

test('the steps nest, and only the deepest changed one lights up', async () => {
  const marks = marksOf(
    [
      { kind: 'changed', pointer: '/do/1/wait/fork/branches/0/hidden/with/to', words: '', words_es: '' },
      { kind: 'added', pointer: '/do/0', words: '', words_es: '' },
      { kind: 'removed', pointer: '/do/1/wait', words: '', words_es: '' },
      { kind: 'changed', pointer: '/schedule/on/one/with/type', words: '', words_es: '' },
    ],
    readback,
  );
  expect([...marks]).toEqual([
    ['/do/1/wait/fork/branches/0/day', 'changed'],
    ['/do/0/text', 'added'],
    ['/schedule', 'changed'],
  ]);
  const { container } = await show(<Steps readback={readback} marks={marks} />);
  expect(container.querySelectorAll('.step-changed')).toHaveLength(3);
  const day = container.querySelector('[data-pointer="/do/1/wait/fork/branches/0/day"]');
  expect(day?.closest('[data-pointer="/do/1/wait"]')).not.toBeNull();
  expect(within(day as HTMLElement).getByText('changed')).toBeTruthy();
});

test('text of the assistant becomes elements, never markup', async () => {
  const text = 'Hi **Ana** <img src=x onerror=alert(1)>\n\n- one\n- `two`\n\n[site](https://a.example) [bad](javascript:alert(1))';
  const { container } = await show(<Prose text={text} />);
  expect(container.querySelector('img')).toBeNull();
  expect(container.querySelector('strong')?.textContent).toBe('Ana');
  expect([...container.querySelectorAll('li')].map((item) => item.textContent)).toEqual(['one', 'two']);
  const links = [...container.querySelectorAll('a')];
  expect(links.map((link) => link.getAttribute('href'))).toEqual(['https://a.example']);
  expect(links[0]?.rel).toContain('noopener');
});

test('articles have headings and tables', async () => {
  const { container } = await show(<Prose heading={2} text={'Before.\n\n## The hours\n\n| Where | When |\n|---|---|\n| Texas | **9** to 8 |\n\nAfter.'} />);
  expect(container.querySelector('h2')?.textContent).toBe('The hours');
  expect([...container.querySelectorAll('th')].map((cell) => cell.textContent)).toEqual(['Where', 'When']);
  expect([...container.querySelectorAll('td')].map((cell) => cell.innerHTML)).toEqual(['Texas', '<strong>9</strong> to 8']);
  expect([...container.querySelectorAll('p')].map((line) => line.textContent)).toEqual(['Before.', 'After.']);
});

test('one question is answered by one press, several are gathered', async () => {
  const onAnswer = vi.fn();
  const question = { code: 'location', text: 'Which store?', choices: ['Main', 'Coast'] };
  const one = await show(<Questions questions={[question]} onAnswer={onAnswer} />);
  await userEvent.click(screen.getByRole('button', { name: 'Coast' }));
  expect(onAnswer).toHaveBeenCalledWith('Coast');
  one.unmount();
  onAnswer.mockClear();
  const second = { code: 'timing', text: 'When?', choices: ['Now', 'Later'] };
  await show(<Questions questions={[question, second]} onAnswer={onAnswer} />);
  const send = screen.getByRole('button', { name: 'Send answers' });
  expect(send).toHaveProperty('disabled', true);
  await userEvent.click(screen.getByRole('button', { name: 'Main' }));
  await userEvent.click(screen.getByRole('button', { name: 'Later' }));
  expect(screen.getByRole('button', { name: 'Later' }).getAttribute('aria-pressed')).toBe('true');
  expect(onAnswer).not.toHaveBeenCalled();
  await userEvent.click(send);
  expect(onAnswer).toHaveBeenCalledWith('Which store? Main\nWhen? Later');
});

test('a known problem speaks plainly, an unknown one gives what the server said', async () => {
  const known = await show(<Problem problem={new ApiProblem(401, 'wrong_credentials', 'Sign-in failed', 'detail')} />);
  expect(screen.getByRole('alert').textContent).toContain('password is wrong');
  known.unmount();
  const fields = [{ pointer: '/a', message: 'is missing', hint: 'Say when.' }];
  const retry = vi.fn();
  await show(<Problem problem={new ApiProblem(422, 'new_code', 'Not valid', 'Look again.', fields, 'req_9')} retry={retry} />);
  const text = screen.getByRole('alert').textContent;
  for (const part of ['Not valid', 'Look again.', 'is missing Say when.', 'req_9']) expect(text).toContain(part);
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(retry).toHaveBeenCalledOnce();
});

test('a dialog has a name and gives the focus back', async () => {
  const button = document.createElement('button');
  document.body.append(button);
  button.focus();
  const shown = await show(
    <Dialog title="Sure?" onClose={() => undefined}>
      <button type="button">Yes</button>
    </Dialog>,
  );
  expect(screen.getByRole('dialog', { name: 'Sure?' })).toBeTruthy();
  shown.unmount();
  expect(document.activeElement).toBe(button);
  button.remove();
});

test('sources show the value in words, where it comes from, and an expression only when asked', async () => {
  const definition = { do: [{ text: { if: '${ $context.reply == null }', with: { body: 'Hello', to: 'role:gm' } } }] };
  await show(
    <Sources
      definition={definition}
      provenance={{
        '/do/0/text/with/to': { source: 'stated', quote: 'text the boss' },
        '/do/0/text/with/body': { source: 'default', note: 'template' },
        '/do/0/text/if': { source: 'inferred', note: 'not said' },
      }}
      values={{ '/do/0/text/with/to': 'the general manager on shift', '/do/0/text/if': 'the customer has not answered' }}
    />,
  );
  const [, to, body, condition] = screen.getAllByRole('row');
  expect(to?.textContent).toContain('text › to');
  expect(to?.textContent).toContain('The general manager on shift');
  expect(to?.textContent).toContain('said by the author');
  expect(to?.textContent).not.toContain('role:gm');
  expect(body?.textContent).toContain('Hello');
  expect(condition?.querySelector('.value')?.textContent).toBe('The customer has not answered');
  const raw = within(condition as HTMLElement).getByText('${ $context.reply == null }');
  expect(raw.closest('details')?.open).toBe(false);
  expect(screen.getAllByRole('group')).toHaveLength(1);
});

test('what a tool did, in words', () => {
  const call = { id: 'c', name: 'x', args: '', complete: true };
  expect(toolOutcome(call)).toEqual({ failed: false });
  const of = (result: unknown) => toolOutcome({ ...call, result: JSON.stringify(result) });
  expect(of({ hits: [{ title: 'A' }, { title: 'A' }, { title: 'B' }] })).toEqual({ failed: false, words: 'A, B' });
  expect(of({ changes: [{ words: 'one' }, { words: 'two' }, { words: 'three' }] }).words).toBe('one; two (+1)');
  expect(of({ code: 'draft_invalid', message: 'no', hint: 'fix' }).failed).toBe(true);
  expect(toolOutcome({ ...call, result: 'not json' })).toEqual({ failed: false });
});

test('small things', () => {
  expect(parseRoute('#/approvals/apr_1')).toEqual({ page: 'approvals', id: 'apr_1', query: {} });
  expect(parseRoute('')).toEqual({ page: 'assistant', id: undefined, query: {} });
  expect(parseRoute('#/outbox?status=sent&q=a%20b').query).toEqual({ status: 'sent', q: 'a b' });
  expect(place('/do/1/textCustomer/with/body')).toBe('textCustomer › body');
  expect(newId('conv')).toMatch(/^conv_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});

test('how a value came to be is asked for when somebody wants to know, in their language', async () => {
  const step = (revision: number, words: string, words_es: string, origin: string) => ({
    revision, words, words_es, origin, author_id: 'user_1', author: 'Sam Carter', at: '2026-03-10T15:00:00Z',
  });
  const sent = serve({
    'GET /v1/drafts/draft_1/source': () =>
      json({
        pointer: '/do/0/pause/wait', source: 'stated', quote: '5 minutes', reference_title: 'Quiet hours',
        history: [{ ...step(2, '5 minutes', '5 minutos', 'chat'), quote: 'make it 5 minutes' }, step(1, '10 minutes', '10 minutos', 'form')],
      }),
  });
  const provenance = {
    '/do/0/pause/wait': { source: 'stated', quote: '5 minutes', since: 2 },
    '/do/0/text/with/to': { source: 'missing', question: 'Who should get it?' },
  } as const;
  for (const language of ['en', 'es'] as const) {
    const shown = await showIn(<Sources definition={{}} provenance={provenance} values={{}} draft="draft_1" />, language);
    expect(shown.container.textContent).toContain('Who should get it?');
    expect(screen.queryByRole('list')).toBeNull();
    const asked = sent.length;
    const first = screen.getAllByText(language === 'en' ? 'How it came to be' : 'Cómo llegó a ser')[0];
    await userEvent.click(first as HTMLElement);
    const [now, before] = await screen.findAllByRole('listitem');
    expect(sent.slice(asked).map((request) => request.url)).toEqual(['/v1/drafts/draft_1/source?pointer=%2Fdo%2F0%2Fpause%2Fwait']);
    expect(now?.textContent).toContain(language === 'en' ? '5 minutes revision 2, in the conversation with Sam Carter' : '5 minutos revisión 2, en la conversación con Sam Carter');
    expect(now?.querySelector('q')?.textContent).toBe('make it 5 minutes');
    expect(before?.textContent).toContain(language === 'en' ? 'written by hand by Sam Carter' : 'escrito a mano por Sam Carter');
    await accessible(shown.container);
    shown.unmount();
    forgetReads();
  }
  localStorage.clear();
  vi.unstubAllGlobals();
});
