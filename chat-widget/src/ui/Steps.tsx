/** A definition as a nested list of steps, in the words of the server's readback. */
import { useEffect, useRef } from 'react';

import { useStores } from '../api/stores';
import type { Change, Readback, Step } from '../api/types';
import { useWords } from '../i18n';
import { type Marks, placeAt, placesOf, TRIGGER } from './marks';
import { reveal } from './reveal';

export function Steps({ readback, marks, highlight }: { readback: Readback; marks: Marks; highlight?: string }) {
  const { t } = useWords();
  const { nameOf } = useStores();
  const list = useRef<HTMLOListElement>(null);
  const changed = marks.has(TRIGGER);
  const shown = highlight ? placeAt(highlight, placesOf(readback.steps))?.step : undefined;

  useEffect(() => {
    if (!shown) return;
    return reveal(list.current?.querySelector<HTMLElement>(`[data-pointer="${CSS.escape(shown)}"]`));
  }, [shown]);

  return (
    <ol className="steps" aria-label={t('draft.steps')} ref={list}>
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
        <StepItem key={step.pointer} step={step} marks={marks} shown={shown} />
      ))}
    </ol>
  );
}

function StepItem({ step, marks, shown }: { step: Step; marks: Marks; shown?: string }) {
  const mark = marks.get(step.pointer);
  const here = shown === step.pointer;
  return (
    <li
      className={`step step-${step.kind}${mark ? ' step-changed' : ''}${here ? ' step-shown' : ''}`}
      data-pointer={step.pointer}
      tabIndex={here ? -1 : undefined}
    >
      <p className="step-text">
        <span className="step-number">{step.number}.</span> {step.text}
        {mark ? <ChangeMark kind={mark} /> : null}
      </p>
      {step.children.map((branch, at) => (
        <div className="branch" key={`${branch.label}${at}`}>
          {branch.label ? <p className="branch-label">{branch.label}</p> : null}
          <ol className="steps">
            {branch.steps.map((child) => (
              <StepItem key={child.pointer} step={child} marks={marks} shown={shown} />
            ))}
          </ol>
        </div>
      ))}
    </li>
  );
}

function ChangeMark({ kind }: { kind: Change['kind'] }) {
  const { t } = useWords();
  return (
    <>
      {' '}
      <span className={`mark mark-${kind}`}>{t(`change.${kind}`)}</span>
    </>
  );
}
