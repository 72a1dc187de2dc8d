/** A definition as a nested list of steps, in the words of the server's readback. */
import type { Change, Readback, Step } from '../api/types';
import { useWords } from '../i18n';

export type Marks = Map<string, Change['kind']>;

/** Which steps a list of changes touches: of each change the deepest step that holds it, or the trigger. */
export function marksOf(changes: Change[], readback: Readback): Marks {
  const marks: Marks = new Map();
  const pointers = pointersOf(readback.steps);
  for (const change of changes) {
    if (change.kind === 'removed') continue;
    const holds = (pointer: string) => change.pointer === pointer || change.pointer.startsWith(`${pointer}/`);
    // A change may name the entry of the list (`/do/1`) instead of the task in it (`/do/1/call`).
    const entry = /\/\d+$/.test(change.pointer) ? pointers.find((pointer) => parent(pointer) === change.pointer) : undefined;
    const found = entry ?? pointers.filter(holds).sort((one, two) => two.length - one.length)[0];
    const mark = found ?? (change.pointer.startsWith('/schedule') ? TRIGGER : undefined);
    if (mark !== undefined && (!marks.has(mark) || change.kind === 'added')) marks.set(mark, change.kind);
  }
  return marks;
}

const TRIGGER = '/schedule';

function parent(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf('/'));
}

function pointersOf(steps: Step[]): string[] {
  return steps.flatMap((step) => [
    step.pointer,
    ...(step.children ?? []).flatMap((branch) => pointersOf(branch.steps)),
  ]);
}

export function Steps({ readback, marks }: { readback: Readback; marks: Marks }) {
  const { t } = useWords();
  const changed = marks.has(TRIGGER);
  return (
    <ol className="steps" aria-label={t('draft.steps')}>
      <li className={`step step-trigger${changed ? ' step-changed' : ''}`}>
        <p className="step-text">
          <span className="step-kind">{t('draft.trigger')}</span>
          {readback.trigger}
          {changed ? <ChangeMark kind="changed" /> : null}
        </p>
      </li>
      {readback.steps.map((step) => (
        <StepItem key={step.pointer} step={step} marks={marks} />
      ))}
    </ol>
  );
}

function StepItem({ step, marks }: { step: Step; marks: Marks }) {
  const { maybe } = useWords();
  const mark = marks.get(step.pointer);
  return (
    <li className={`step step-${step.kind}${mark ? ' step-changed' : ''}`} data-pointer={step.pointer}>
      <p className="step-text">
        <span className="step-kind">{maybe(`kind.${step.kind}`, step.kind)}</span>
        {step.text}
        {mark ? <ChangeMark kind={mark} /> : null}
      </p>
      {step.children?.map((branch, at) => (
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
