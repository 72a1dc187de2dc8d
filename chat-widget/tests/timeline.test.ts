import { expect, test } from 'vitest';

import type { Story, StoryStep } from '../src/api/types';
import { words } from '../src/i18n';
import { moments, outboxRow, pointerOf, spans } from '../src/pages/executions/timeline';

function at(time: string, kind: StoryStep['kind'], more: Partial<StoryStep> = {}): StoryStep {
  return { at: `2026-03-10T${time}:00Z`, kind, path: '', task: '', words: kind, state: 'done', ...more };
}

function story(steps: StoryStep[], more: Partial<Story> = {}): Story {
  return { id: 'exe_1', title: 'T', workflow_id: 'wf_1', version: 1, store_id: 'main', status: 'waiting', started_at: '2026-03-10T10:00:00Z', steps, ...more } as Story;
}

const HELD = [at('10:00', 'start'), at('10:00', 'hold'), at('14:00', 'call'), at('14:00', 'listen'), at('14:10', 'timeout'), at('14:10', 'call')];

test('the time between moments has a reason: held, then waited for', () => {
  const list = moments(story(HELD, { status: 'completed', finished_at: '2026-03-10T14:10:00Z' }), Date.parse('2026-03-10T20:00:00Z'));
  const gaps = list.map(({ gap }) => gap && [gap.pause, gap.ms / 60_000, gap.open]);
  expect(gaps).toEqual([undefined, ['held', 240, false], undefined, ['wait', 10, false], undefined, undefined]);
});

test('what still waits grows with the engine clock, and the rest is ahead', () => {
  const list = moments(story([at('10:00', 'start'), at('10:00', 'listen', { state: 'waiting' })]), Date.parse('2026-03-10T10:04:00Z'));
  expect(list.at(-1)?.gap).toEqual({ pause: 'wait', ms: 240_000, open: true });
  const bar = spans(list, 360_000);
  expect(bar.map((span) => [span.pause, span.ms])).toEqual([['work', 0], ['wait', 240_000], ['ahead', 360_000]]);
  expect(bar.reduce((sum, span) => sum + span.share, 0)).toBeCloseTo(1);
});

test('a minute stays visible beside a day', () => {
  const steps = [at('10:00', 'start'), at('10:00', 'wait'), at('10:01', 'call'), { ...at('10:01', 'hold'), at: '2026-03-10T10:01:00Z' }, { ...at('10:00', 'call'), at: '2026-03-11T10:01:00Z' }];
  const minute = spans(moments(story(steps), 0)).find((span) => span.pause === 'wait');
  expect(minute?.share).toBeGreaterThan(0.02);
});

test('a step knows its row in the outbox and its place in the definition', () => {
  expect(outboxRow(at('10:00', 'call', { outcome: { message_id: 'out_1', status: 'sent' } }))).toBe('out_1');
  expect(outboxRow(at('10:00', 'call', { outcome: { notification_id: null } }))).toBeUndefined();
  expect(outboxRow(at('10:00', 'call', { outcome: 'text' as never }))).toBeUndefined();
  expect(pointerOf(at('10:00', 'call', { path: '/do/1/each[3]/do/0/tell' }))).toBe('/do/1/each/do/0/tell');
  expect(pointerOf(at('10:00', 'start'))).toBeUndefined();
});

test('lengths of time are told in their two largest units', () => {
  const { duration } = words('en');
  expect([200, 61_000, 3_600_000, 90_000_000, 86_400_000 * 3 + 59_000].map(duration)).toEqual([
    '1 second',
    '1 minute 1 second',
    '1 hour',
    '1 day 1 hour',
    '3 days',
  ]);
});
