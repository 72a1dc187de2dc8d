/** Which steps a list of changes touches. */
import type { Change, Readback, Step } from '../api/types';

export type Marks = Map<string, Change['kind']>;

/** The step of the trigger. */
export const TRIGGER = '/schedule';

/** Of each change the deepest step that holds it, or the trigger. */
export function marksOf(changes: Change[], readback: Readback): Marks {
  const marks: Marks = new Map();
  const places = placesOf(readback.steps);
  for (const change of changes) {
    // Pointers of what is gone are those of the document before: only the name of its task can be trusted.
    const gone = change.kind === 'removed';
    const mark = gone ? stepOfValue(change, places) : (placeAt(change.pointer, places)?.step ?? triggerOf(change));
    if (mark === undefined) continue;
    const kind = gone ? 'changed' : change.kind;
    if (!marks.has(mark) || kind === 'added') marks.set(mark, kind);
  }
  return marks;
}

function triggerOf(change: Change): string | undefined {
  return change.pointer.startsWith(TRIGGER) ? TRIGGER : undefined;
}

/** The step that lost a value; nothing for a whole step that is gone. */
function stepOfValue(change: Change, places: Place[]): string | undefined {
  const whole = change.pointer.endsWith(`/${change.task}`);
  return whole ? undefined : places.find(({ within }) => within.endsWith(`/${change.task}`))?.step;
}

/** A pointer, and the step on screen that speaks for it. */
export interface Place {
  within: string;
  step: string;
  number: string;
}

export function placesOf(steps: Step[]): Place[] {
  return steps.flatMap((step) => [
    ...[step.pointer, ...(step.covers ?? [])].map((within) => ({ within, step: step.pointer, number: step.number })),
    ...step.children.flatMap((branch) => placesOf(branch.steps)),
  ]);
}

/** The place that holds a pointer: the deepest one. */
export function placeAt(pointer: string, places: Place[]): Place | undefined {
  // A pointer may name the entry of the list (`/do/1`) instead of the task in it (`/do/1/call`).
  if (/\/\d+$/.test(pointer)) {
    const entry = places.find(({ within }) => within.slice(0, within.lastIndexOf('/')) === pointer);
    if (entry) return entry;
  }
  const holds = ({ within }: Place) => pointer === within || pointer.startsWith(`${within}/`);
  return places.filter(holds).sort((one, two) => two.within.length - one.within.length)[0];
}
