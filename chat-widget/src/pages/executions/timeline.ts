/** The moments of a story with the time between them: what was waited for, and how long. Pure. */
import type { Story, StoryStep } from '../../api/types';

/** Why nothing happened for a while. */
export type Pause = 'wait' | 'held' | 'retry';

export interface Moment {
  step: StoryStep;
  /** The time until the next moment, when it was long enough to be seen. */
  gap?: { pause: Pause; ms: number; open: boolean };
}

/** Shorter than this is work, not waiting, in milliseconds. */
const SEEN = 1_000;

const PAUSES: Partial<Record<StoryStep['kind'], Pause>> = { wait: 'wait', listen: 'wait', hold: 'held', retry: 'retry' };

export function moments(story: Story, now: number): Moment[] {
  const { steps } = story;
  const over = story.finished_at != null;
  let pause: Pause = 'wait';
  return steps.map((step, at) => {
    pause = PAUSES[step.kind] ?? pause;
    const next = steps[at + 1];
    const open = !next && !over && step.state === 'waiting';
    const until = next ? Date.parse(next.at) : open ? now : undefined;
    const ms = until === undefined ? 0 : until - Date.parse(step.at);
    return ms >= SEEN ? { step, gap: { pause, ms, open } } : { step };
  });
}

export interface Span {
  /** `ahead`: what is still to be waited, as far as it is known. */
  pause: Pause | 'work' | 'ahead';
  ms: number;
  /** Share of the whole picture, 0 to 1: the square root keeps a minute visible beside a day. */
  share: number;
}

/** The whole story as one bar; `ahead` is how long it will still rest. */
export function spans(list: Moment[], ahead = 0): Span[] {
  const found: { pause: Span['pause']; ms: number }[] = [];
  for (const { gap } of list) {
    const last = found.at(-1);
    if (!gap) {
      if (last?.pause !== 'work') found.push({ pause: 'work', ms: 0 });
    } else if (last && last.pause === gap.pause) {
      last.ms += gap.ms;
    } else {
      if (found.length === 0) found.push({ pause: 'work', ms: 0 });
      found.push({ pause: gap.pause, ms: gap.ms });
    }
  }
  if (ahead > 0) found.push({ pause: 'ahead', ms: ahead });
  const weigh = ({ ms }: { ms: number }) => Math.sqrt(ms) || 0;
  const all = found.reduce((sum, span) => sum + weigh(span), 0);
  return found.map((span) => ({ ...span, share: all === 0 ? 0 : weigh(span) / all }));
}

/** The row of the outbox that a step made, if it made one. */
export function outboxRow(step: StoryStep): string | undefined {
  const outcome = step.outcome as Record<string, unknown> | null | undefined;
  if (outcome === null || typeof outcome !== 'object') return undefined;
  return [outcome.message_id, outcome.notification_id].find((id): id is string => typeof id === 'string');
}

/** The pointer of a step in its definition: its journal path without loop iterations. */
export function pointerOf(step: StoryStep): string | undefined {
  return step.path === '' ? undefined : step.path.replace(/\[\d+\]/g, '');
}
