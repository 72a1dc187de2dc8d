import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, test, vi } from 'vitest';

import type { Change, Graph, GraphEdge, Readback, Step } from '../src/api/types';
import { LanguageProvider } from '../src/i18n';
import { Diagram } from '../src/ui/diagram/Diagram';
import { type Box, layOut } from '../src/ui/diagram/layout';
import { type DiagramWords, diagramOf, type Drawn, waysFrom } from '../src/ui/diagram/model';

const WORDS: DiagramWords = {
  language: 'en',
  end: 'End',
  edges: { otherwise: 'otherwise', timeout: 'nothing came', error: 'on error', next: 'next', done: 'done', first: 'first', came: 'it came' },
};

function step(pointer: string, number: string, text: string, more: Partial<Step> = {}): Step {
  return { pointer, number, name: pointer.split('/').at(-1) ?? '', kind: 'call', text, children: [], ...more };
}

function edge(from: string, to: string, kind: GraphEdge['kind'] = 'always', label = ''): GraphEdge {
  return { from, to, kind, label };
}

function drawn(steps: Step[], nodes: string[], edges: GraphEdge[]): Drawn {
  const readback: Readback = { language: 'en', title: 'T', summary: '', trigger: 'When a lead arrives', stores: [], steps };
  const graph: Graph = {
    nodes: ['/schedule', ...nodes, 'end'].map((id) => ({ id, label: id, kind: id === '/schedule' ? 'start' : id === 'end' ? 'end' : 'call' })),
    edges,
  };
  return { graph, readback };
}

/** Text, wait for a reply (two tasks in one line), tell the manager when nothing came. */
function story(last = step('/do/1/await/catch/do/0/tell', '2.1', 'Tell the manager.')): Drawn {
  const wait = step('/do/1/await', '2', 'Wait up to 10 minutes for a reply:', {
    kind: 'try',
    covers: ['/do/1/await/try/0/reply'],
    children: [{ label: 'If nothing came', steps: [last] }],
  });
  return drawn(
    [step('/do/0/text', '1', 'Text the customer.'), wait],
    ['/do/0/text', '/do/1/await', '/do/1/await/try/0/reply', last.pointer],
    [
      edge('/schedule', '/do/0/text'),
      edge('/do/0/text', '/do/1/await'),
      edge('/do/1/await', '/do/1/await/try/0/reply'),
      edge('/do/1/await', last.pointer, 'timeout', 'on timeout'),
      edge('/do/1/await/try/0/reply', 'end'),
      edge(last.pointer, 'end'),
    ],
  );
}

function change(kind: Change['kind'], pointer: string, more: Partial<Change> = {}): Change {
  return { kind, pointer, words: '', words_es: '', ...more };
}

test('tasks that one line speaks for are one box, in the words of the list', () => {
  const diagram = diagramOf(story(), [], WORDS);
  expect(diagram.nodes.map((node) => [node.number, node.text])).toEqual([
    [undefined, 'When a lead arrives'],
    ['1', 'Text the customer'],
    ['2', 'Wait up to 10 minutes for a reply'],
    ['2.1', 'Tell the manager'],
    [undefined, 'End'],
  ]);
  const ways = waysFrom(diagram, '/do/1/await').map(({ label, to }) => `${label} ${to?.text}`);
  expect(ways).toEqual(['nothing came Tell the manager', 'it came End']);
});

test('a case of a switch is labelled with its condition in words', () => {
  const decide = step('/do/0/route', '1', 'Decide:', {
    kind: 'switch',
    children: [
      { label: 'If big: go on with step 2', when: 'If big', steps: [] },
      { label: 'If small: end', when: 'If small', steps: [] },
    ],
  });
  const diagram = diagramOf(
    drawn([decide, step('/do/1/ask', '2', 'Ask.')], ['/do/0/route', '/do/1/ask'], [
      edge('/schedule', '/do/0/route'),
      { ...edge('/do/0/route', '/do/1/ask', 'case', 'big one'), case: 0 },
      { ...edge('/do/0/route', 'end', 'case', 'small one'), case: 1 },
      edge('/do/0/route', 'end', 'otherwise', 'otherwise'),
      edge('/do/1/ask', 'end'),
    ]),
    [],
    WORDS,
  );
  expect(waysFrom(diagram, '/do/0/route').map((way) => way.label)).toEqual(['If big', 'If small', 'otherwise']);
});

test('against the running version: added, changed, and what is gone stands where it stood', () => {
  const now = story(step('/do/1/await/catch/do/0/task', '2.1', 'Create a task.'));
  const changes = [
    change('changed', '/do/1/await/try/0/reply/timeout/after', { task: 'reply' }),
    change('added', '/do/1/await/catch/do/0/task', { task: 'task' }),
    change('removed', '/do/1/await/catch/do/0/tell', { task: 'tell' }),
  ];
  const diagram = diagramOf(now, changes, WORDS, story());
  expect(diagram.nodes.filter((node) => node.mark).map((node) => [node.text, node.mark])).toEqual([
    ['Wait up to 10 minutes for a reply', 'changed'],
    ['Create a task', 'added'],
    ['Tell the manager', 'removed'],
  ]);
  const gone = diagram.edges.filter((one) => one.gone).map((one) => [one.from, one.to]);
  expect(gone).toEqual([
    ['/do/1/await', 'removed:/do/1/await/catch/do/0/tell'],
    ['removed:/do/1/await/catch/do/0/tell', 'end'],
  ]);
  // Nobody who listens is told that a step which is gone comes next.
  expect(waysFrom(diagram, '/do/1/await').map(({ to }) => to?.text)).toEqual(['Create a task', 'End']);
});

test('a value that is gone changes its step, whatever its place was', () => {
  const changes = [change('removed', '/do/7/text/with/cc', { task: 'text' }), change('removed', '/do/3/other', { task: 'other' })];
  const marked = diagramOf(story(), changes, WORDS).nodes.filter((node) => node.mark);
  expect(marked.map((node) => [node.id, node.mark])).toEqual([['/do/0/text', 'changed']]);
});

function overlap(one: Box, two: Box): boolean {
  return one.x < two.x + two.width && two.x < one.x + one.width && one.y < two.y + two.height && two.y < one.y + one.height;
}

test('nothing overlaps, every way leads down, and loops lead back', () => {
  // A made-up shape for each seed: a chain with jumps, side steps and a loop.
  for (let seed = 1; seed <= 60; seed += 1) {
    let state = seed * 7919;
    const random = (most: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return state % most;
    };
    const count = 3 + random(14);
    const ids = Array.from({ length: count }, (_, at) => `/do/${at}/s${at}`);
    const edges = [edge('/schedule', ids[0] as string), edge(ids.at(-1) as string, 'end')];
    for (let at = 1; at < count; at += 1) edges.push(edge(ids[random(at)] as string, ids[at] as string, 'case', random(2) ? 'If the lead is from the internet' : ''));
    for (let extra = 0; extra < random(4); extra += 1) edges.push(edge(ids[random(count)] as string, ids[random(count)] as string, 'next', 'next'));
    const steps = ids.map((id, at) => step(id, String(at + 1), 'Text '.repeat(1 + random(30))));
    const layout = layOut(diagramOf(drawn(steps, ids, edges), [], WORDS));
    const labels = layout.edges.flatMap((one) => (one.label ? [one.label] : []));
    const boxes: Box[] = [...layout.nodes, ...labels];
    boxes.forEach((one, at) => {
      for (const two of boxes.slice(at + 1)) expect(overlap(one, two), `seed ${seed}`).toBe(false);
      expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= layout.width && one.y + one.height <= layout.height, `seed ${seed}`).toBe(true);
    });
    expect(layout.edges.every((one) => !/NaN|Infinity/.test(one.path))).toBe(true);
  }
});

test('a chain is straight', () => {
  const { nodes } = layOut(diagramOf(drawn([step('/do/0/a', '1', 'A.'), step('/do/1/b', '2', 'B.')], ['/do/0/a', '/do/1/b'], [edge('/schedule', '/do/0/a'), edge('/do/0/a', '/do/1/b'), edge('/do/1/b', 'end')]), [], WORDS));
  expect(new Set(nodes.map((box) => box.x + box.width / 2)).size).toBe(1);
});

beforeEach(() => {
  vi.stubGlobal('CSS', { escape: (text: string) => text });
});

test('the picture is a list of buttons, one stop of the keyboard, and arrows follow the ways', async () => {
  const { container } = render(
    <LanguageProvider>
      <Diagram drawn={story()} changes={[]} />
    </LanguageProvider>,
  );
  const boxes = await screen.findAllByRole('button', { name: /lead|customer|reply|manager|End/ });
  expect(boxes.map((box) => box.tabIndex)).toEqual([0, -1, -1, -1, -1]);
  boxes[0]?.focus();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}');
  expect(document.activeElement?.textContent).toContain('Tell the manager');
  await userEvent.keyboard('{ArrowUp}');
  expect(document.activeElement?.textContent).toContain('Wait up to 10 minutes');
  expect(document.activeElement?.textContent).toContain('nothing came: 2.1. it came: End.');
  await userEvent.keyboard('{Enter}');
  expect(container.querySelector('.diagram-detail')?.textContent).toContain('Wait up to 10 minutes for a reply');
  await userEvent.keyboard('{Escape}');
  expect(container.querySelector('.diagram-detail')).toBeNull();
  const found = await axe.run(container, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } });
  expect(found.violations.map((violation) => violation.id)).toEqual([]);
  cleanup();
});
