/** Demo only: the engine's clock, skipping ahead in it, and a sample lead. */
import { useState } from 'react';

import { post } from '../api/client';
import { ApiProblem, asProblem } from '../api/problem';
import { useEngineTime } from '../api/clock';
import { announce, useRead } from '../api/live';
import { useMay } from '../api/me';
import { useStores } from '../api/stores';
import type { EngineClock } from '../api/types';
import { type Key, useWords } from '../i18n';

/** How far to skip, as the server takes it. */
const SKIPS: { label: Key; how: { by: string } | { to: 'next' } }[] = [
  { label: 'clock.minutes', how: { by: 'PT5M' } },
  { label: 'clock.hour', how: { by: 'PT1H' } },
  { label: 'clock.day', how: { by: 'P1D' } },
  { label: 'clock.next', how: { to: 'next' } },
];

export function DemoBar({ store }: { store?: string }) {
  const { t, maybe, time, duration } = useWords();
  const { ahead } = useEngineTime();
  const { zoneOf } = useStores();
  const may = useMay();
  const clock = useRead<EngineClock>('/v1/engine/clock', ['clock', 'execution']);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  /** The server said that this user may not. */
  const [refused, setRefused] = useState(false);
  const movable = clock.data?.movable && may('move_clock') && !refused;

  const act = async (work: () => Promise<string>) => {
    setBusy(true);
    setSaid(t('working'));
    try {
      setSaid(await work());
      announce(undefined);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 403) setRefused(true);
      setSaid(t('demo.failed', { detail: wordsOf(problem) }));
    } finally {
      setBusy(false);
    }
  };
  const skip = (how: object) => async () => {
    const moved = await post<EngineClock>('/v1/engine/clock/skip', how);
    return moved.went_to ? t('clock.went_to', { title: moved.went_to.title }) : t('clock.skipped');
  };
  const fire = async () => {
    await post('/v1/demo/lead', {});
    return t('demo.lead_fired');
  };
  const wordsOf = (problem: ApiProblem) => maybe(`error.${problem.code}`, problem.detail ?? problem.message);

  return (
    <section className="demo" aria-label={t('demo.title')}>
      <span className="demo-tag">{t('demo.tag')}</span>
      <span className="demo-clock">
        <span className="demo-label">{t('clock.now')} </span>
        <strong>{clock.data ? time(clock.data.now, zoneOf(store)) : '…'}</strong>
        {ahead > 0 ? <span className="quiet demo-ahead"> {t('clock.ahead', { time: duration(ahead) })}</span> : null}
      </span>
      {movable ? (
        <span className="demo-group" role="group" aria-label={t('clock.skip')}>
          <span className="demo-label" aria-hidden="true">
            {t('clock.skip')}
          </span>
          {SKIPS.map(({ label, how }) => (
            <button
              key={label}
              type="button"
              className="chip"
              disabled={busy}
              onClick={() => void act(skip(how))}
            >
              {t(label)}
            </button>
          ))}
        </span>
      ) : null}
      <button
        type="button"
        className="chip chip-main"
        disabled={busy}
        onClick={() => void act(fire)}
      >
        {t('demo.lead')}
      </button>
      <span className="demo-said" role="status">
        {said}
      </span>
    </section>
  );
}
