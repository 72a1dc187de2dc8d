/** A definition as a nested list of steps, in the words of the server's readback. */
import { useStores } from '../api/stores';
import type { Change, Readback, Step } from '../api/types';
import { useWords } from '../i18n';

export type Marks = Map<string, Change['kind']>;

/** Which steps a list of changes touches: of each change the deepest step that holds it, or the trigger. */
export function marksOf(changes: Change[], readback: Readback): Marks {
  const marks: Marks = new Map();
  const places = placesOf(readback.steps);
  for (const change of changes) {
    if (change.kind === 'removed') continue;
    const holds = ({ within }: Place) => change.pointer === within || change.pointer.startsWith(`${within}/`);
    // A change may name the entry of the list (`/do/1`) instead of the task in it (`/do/1/call`).
    const entry = /\/\d+$/.test(change.pointer) ? places.find(({ within }) => parent(within) === change.pointer) : undefined;
    const found = entry ?? places.filter(holds).sort((one, two) => two.within.length - one.within.length)[0];
    const mark = found?.step ?? (change.pointer.startsWith('/schedule') ? TRIGGER : undefined);
    if (mark !== undefined && (!marks.has(mark) || change.kind === 'added')) marks.set(mark, change.kind);
  }
  return marks;
}

const TRIGGER = '/schedule';

function parent(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'));
}

/** A pointer, and the step on screen that speaks for it. */
interface Place {
  within: string;
  step: string;
}

function placesOf(steps: Step[]): Place[] {
  return steps.flatMap((step) => [
    ...[step.pointer, ...(step.covers ?? [])].map((within) => ({ within, step: step.pointer })),
    ...step.children.flatMap((branch) => placesOf(branch.steps)),
  ]);
}

export function Steps({ readback, marks }: { readback: Readback; marks: Marks }) {
  const { t } = useWords();
  const { nameOf } = useStores();
  const changed = marks.has(TRIGGER);
  return (
    <ol className="steps" aria-label={t('draft.steps')}>
      <li className={`step step-trigger${changed ? ' step-changed' : ''}`}>
        <p className="step-text">
          <span className="hidden">{t('draft.trigger')}: </span>
          {readback.trigger}
          {changed ? <ChangeMark kind="changed" /> : null}
        </p>
        {readback.stores.length > 0 ? (
          <p className="step-text quiet small">{t('draft.stores', { stores: readback.stores.map(nameOf).join(', ') })}</p>
        ) : null}
      </li>
      {readback.steps.map((step) => (
        <StepItem key={step.pointer} step={step} marks={marks} />
      ))}
    </ol>
  );
}

function StepItem({ step, marks }: { step: Step; marks: Marks }) {
  const mark = marks.get(step.pointer);
  return (
    <li className={`step step-${step.kind}${mark ? ' step-changed' : ''}`} data-pointer={step.pointer}>
      <p className="step-text">
        <span className="step-kind">{step.number}</span>
        {step.text}
        {mark ? <ChangeMark kind={mark} /> : null}
      </p>
      {step.children.map((branch, at) => (
        <div className="branch" key={`${branch.label}${at}`}>
          {branch.label ? <p className="branch-label">{branch.label}</p> : null}
          <ol className="steps">
            {branch.steps.map((child) => (
              <StepItem key={child.pointer} step={child} marks={marks} />
            ))}
          </ol>
        </div>
      ))}
    </li>
  );
}

function ChangeMark({ kind }: { kind: Change['kind'] }) {
  const { t } = useWords();
  return <span className={`mark mark-${kind}`}>{t(`change.${kind}`)}</span>;
}
