/** Demo only: the engine's clock, skipping ahead in it, and a sample lead. */
import { useState } from 'react';

import { ApiProblem, post } from '../api/client';
import { announce, useRead } from '../api/live';
import { useStores } from '../api/stores';
import type { EngineClock } from '../api/types';
import { type Key, useWords } from '../i18n';

const SKIPS: { label: Key; by: string }[] = [
  { label: 'clock.minutes', by: 'PT10M' },
  { label: 'clock.hour', by: 'PT1H' },
  { label: 'clock.day', by: 'P1D' },
  { label: 'clock.days', by: 'P3D' },
];

export function DemoBar({ store }: { store?: string }) {
  const { t, time } = useWords();
  const { zoneOf } = useStores();
  const clock = useRead<EngineClock>('/v1/engine/clock', ['clock']);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');

  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    setSaid(t('working'));
    try {
      await work();
      setSaid(done);
      announce(undefined);
    } catch (error) {
      const detail = error instanceof ApiProblem ? (error.detail ?? error.message) : String(error);
      setSaid(t('demo.failed', { detail }));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className="demo" aria-label={t('demo.title')}>
      <span className="demo-tag">{t('demo.tag')}</span>
      <span className="demo-clock">
        {t('clock.now')} <strong>{clock.data ? time(clock.data.now, zoneOf(store)) : '…'}</strong>
      </span>
      <span className="demo-group" role="group" aria-label={t('clock.skip')}>
        <span className="demo-label" aria-hidden="true">
          {t('clock.skip')}
        </span>
        {SKIPS.map(({ label, by }) => (
          <button
            key={by}
            type="button"
            className="chip"
            disabled={busy}
            onClick={() => void act(() => post('/v1/engine/clock/skip', { by }), t('clock.skipped'))}
          >
            {t(label)}
          </button>
        ))}
      </span>
      <button
        type="button"
        className="chip chip-main"
        disabled={busy}
        onClick={() => void act(() => post('/v1/demo/lead', {}), t('demo.lead_fired'))}
      >
        {t('demo.lead')}
      </button>
      <span className="demo-said" role="status">
        {said}
      </span>
    </section>
  );
}
