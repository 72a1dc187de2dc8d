/** What a definition does: as a list of steps, or as a picture of the same steps. The reader's choice is remembered. */
import { lazy, Suspense, useState } from 'react';

import type { Change, Graph, Readback } from '../api/types';
import { useWords } from '../i18n';
import { Switch } from './List';
import { marksOf } from './marks';
import { Loading } from './parts';
import { Steps } from './Steps';

const Diagram = lazy(() => import('./diagram/Diagram').then((module) => ({ default: module.Diagram })));

/** How a definition reads and looks. */
export interface Reading {
  readback: Record<'en' | 'es', Readback>;
  graph: Graph;
}

type View = 'list' | 'diagram';
const STORED = 'auterity.view';

export function Plan({
  reading,
  changes = NONE,
  before,
  title,
  level = 2,
  highlight,
}: {
  reading: Reading;
  /** What is lit up. */
  changes?: Change[];
  /** The version before, to draw what would go. */
  before?: Reading | null;
  title: string;
  level?: 2 | 3;
  /** Pointer of a step to show. */
  highlight?: string;
}) {
  const { t, language } = useWords();
  const [view, setView] = useState<View>(() => (localStorage.getItem(STORED) === 'diagram' ? 'diagram' : 'list'));
  const Heading = level === 2 ? 'h2' : 'h3';
  const readback = reading.readback[language];
  return (
    <div className="section">
      <div className="section-head">
        <Heading className="section-title">{title}</Heading>
        <Switch
          label={t('plan.view')}
          names={[
            ['list', t('plan.list')],
            ['diagram', t('plan.diagram')],
          ]}
          value={view}
          onChange={(next) => {
            localStorage.setItem(STORED, next);
            setView(next);
          }}
        />
      </div>
      {view === 'list' ? (
        <Steps readback={readback} marks={marksOf(changes, readback)} highlight={highlight} />
      ) : (
        <Suspense fallback={<Loading />}>
          <Diagram
            drawn={{ graph: reading.graph, readback }}
            changes={changes}
            before={before ? { graph: before.graph, readback: before.readback[language] } : undefined}
          />
        </Suspense>
      )}
    </div>
  );
}

const NONE: Change[] = [];
