/**
 * A workflow as a picture: boxes that can be reached by keyboard, ways between them. Every box says the same words as
 * the list of steps, and to a screen reader where its ways lead: without eyes it is a list.
 */
import { type CSSProperties, type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';

import type { Change } from '../../api/types';
import { type Key, useWords } from '../../i18n';
import { type Layout, layOut, type PlacedNode } from './layout';
import { type Diagram as Model, diagramOf, type Drawn, waysFrom } from './model';

const ICONS: Record<string, string> = {
  start: 'M7 5l11 7-11 7z',
  call: 'M4 12h13M12 6l6 6-6 6',
  wait: 'M12 7v5l3 3M12 3a9 9 0 1 0 .01 0z',
  listen: 'M6 18a9 9 0 0 1 0-12M18 18a9 9 0 0 0 0-12M12 12h.01M9 15a4.5 4.5 0 0 1 0-6M15 15a4.5 4.5 0 0 0 0-6',
  switch: 'M12 3v6M12 9l-6 6v6M12 9l6 6v6',
  fork: 'M12 3v6M5 21v-8h14v8M12 9v12',
  for: 'M17 2l4 4-4 4M3 11V9a3 3 0 0 1 3-3h15M7 22l-4-4 4-4M21 13v2a3 3 0 0 1-3 3H3',
  try: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
  set: 'M5 8h14M5 16h14',
  emit: 'M4 10v4h4l6 4V6l-6 4zM18 9a4 4 0 0 1 0 6',
  raise: 'M12 8v5M12 16h.01M12 3l10 18H2z',
};
/** An await block waits; what is around it matters less. */
const ICON_OF: Record<string, string> = { do: 'set', run: 'call', unknown: 'raise' };

const SMALLEST = 0.62;
const ZOOM = 1.25;

export function Diagram({ drawn, changes, before }: { drawn: Drawn; changes: Change[]; before?: Drawn }) {
  const { t, language } = useWords();
  const model = useMemo(() => {
    const edges = { otherwise: t('edge.otherwise'), timeout: t('edge.timeout'), error: t('edge.error'), next: t('edge.next'), done: t('edge.done'), first: t('edge.first'), came: t('edge.came') };
    return diagramOf(drawn, changes, { language, end: t('diagram.end'), edges }, before);
  }, [drawn, changes, before, language, t]);
  const layout = useMemo(() => layOut(model), [model]);
  const frame = useRef<HTMLDivElement>(null);
  const { scale, zoom, fit } = useScale(frame, layout.width);
  const [selected, setSelected] = useState<string>();
  const detail = model.nodes.find((node) => node.id === selected);
  const hint = useId();

  const select = (id: string | undefined) => {
    setSelected(id);
    if (id) frame.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus();
  };

  return (
    <div className="diagram">
      <div className="diagram-bar">
        {model.nodes.some((node) => node.mark) ? <Legend model={model} /> : <span />}
        <span className="diagram-zoom">
          <button type="button" className="chip" onClick={() => zoom(1 / ZOOM)} aria-label={t('diagram.smaller')}>
            −
          </button>
          <button type="button" className="chip" onClick={fit}>
            {t('diagram.fit')}
          </button>
          <button type="button" className="chip" onClick={() => zoom(ZOOM)} aria-label={t('diagram.larger')}>
            +
          </button>
        </span>
      </div>
      <p className="hidden" id={hint}>
        {t('diagram.keys')}
      </p>
      <div className="diagram-frame" ref={frame} role="group" aria-label={t('diagram.label')} aria-describedby={hint}>
        <div className="diagram-paper" style={{ width: layout.width * scale, height: layout.height * scale }}>
          <div className="diagram-scaled" style={{ width: layout.width, height: layout.height, transform: `scale(${scale})` }}>
            <Ways layout={layout} />
            <Boxes layout={layout} model={model} selected={selected} onSelect={select} />
          </div>
        </div>
      </div>
      {detail ? (
        <div className="diagram-detail">
          <p>
            {detail.number ? <strong>{detail.number}. </strong> : null}
            {detail.text}
          </p>
          <ul>
            {waysFrom(model, detail.id).map(({ label, to }) =>
              to ? (
                <li key={label + to.id}>
                  <span className="quiet">{label || t('diagram.then')}: </span>
                  <button type="button" className="link" onClick={() => select(to.id)}>
                    {to.number ? `${to.number}. ` : ''}
                    {to.text}
                  </button>
                </li>
              ) : null,
            )}
          </ul>
        </div>
      ) : null}
    </div>
  );
}

/** Fits the width when it first shows and when the frame changes, until somebody zooms. */
function useScale(frame: React.RefObject<HTMLDivElement | null>, width: number) {
  const [scale, setScale] = useState(1);
  const own = useRef(false);
  const fit = () => {
    const room = frame.current?.clientWidth ?? width;
    own.current = false;
    setScale(room > 0 ? Math.min(1, Math.max(SMALLEST, room / width)) : 1);
  };
  useLayoutEffect(fit, [width]);
  useEffect(() => {
    const element = frame.current;
    if (!element || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(() => {
      if (!own.current) fit();
    });
    observer.observe(element);
    return () => observer.disconnect();
  });
  const zoom = (by: number) => {
    own.current = true;
    setScale((now) => Math.min(2, Math.max(0.3, now * by)));
  };
  return { scale, zoom, fit };
}

function Ways({ layout }: { layout: Layout }) {
  const arrow = useId();
  return (
    <>
      <svg className="diagram-ways" width={layout.width} height={layout.height} aria-hidden="true">
        <defs>
          <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
            <path d="M1 1l6 3-6 3" />
          </marker>
        </defs>
        {layout.edges.map(({ edge, path }, at) => (
          <path key={at} d={path} className={`way way-${edge.kind}${edge.gone ? ' way-gone' : ''}`} markerEnd={`url(#${arrow})`} />
        ))}
      </svg>
      {layout.edges.map(({ edge, label }, at) =>
        label ? (
          <span key={at} className={`way-label${edge.gone ? ' way-label-gone' : ''}`} style={placed(label)} title={edge.label} aria-hidden="true">
            {edge.label}
          </span>
        ) : null,
      )}
    </>
  );
}

function Boxes({
  layout,
  model,
  selected,
  onSelect,
}: {
  layout: Layout;
  model: Model;
  selected?: string;
  onSelect: (id: string | undefined) => void;
}) {
  const { t } = useWords();
  const list = useRef<HTMLOListElement>(null);
  const [current, setCurrent] = useState(0);
  const here = Math.min(current, layout.nodes.length - 1);

  const focus = (at: number) => {
    setCurrent(at);
    list.current?.querySelectorAll<HTMLElement>('.box')[at]?.focus();
  };
  const press = (event: KeyboardEvent, at: number) => {
    const to = next(layout, model, at, event.key);
    if (event.key === 'Escape' && selected) {
      event.stopPropagation();
      onSelect(undefined);
    } else if (to !== undefined) {
      event.preventDefault();
      focus(to);
    }
  };

  return (
    <ol ref={list} aria-label={t('draft.steps')}>
      {layout.nodes.map((box, at) => (
        <li key={box.node.id} style={placed(box)}>
          <button
            type="button"
            data-node={box.node.id}
            className={`box box-${box.node.kind}${box.node.mark ? ` box-${box.node.mark}` : ''}`}
            tabIndex={at === here ? 0 : -1}
            aria-pressed={selected === box.node.id}
            onFocus={() => setCurrent(at)}
            onClick={() => onSelect(selected === box.node.id ? undefined : box.node.id)}
            onKeyDown={(event) => press(event, at)}
          >
            <BoxContent box={box} />
            <span className="hidden">
              {waysFrom(model, box.node.id)
                .map(({ label, to }) => `${label || t('diagram.then')}: ${to?.number ?? to?.text ?? ''}.`)
                .join(' ')}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function BoxContent({ box }: { box: PlacedNode }) {
  const { t } = useWords();
  const { node } = box;
  const icon = ICONS[ICON_OF[node.kind] ?? node.kind];
  return (
    <>
      {node.mark ? <span className={`mark mark-${node.mark}`}>{t(`change.${node.mark}` as Key)}</span> : null}
      {icon ? (
        <svg className="box-icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d={icon} />
        </svg>
      ) : null}
      <span className="box-text">
        {node.number ? <b>{node.number}. </b> : null}
        {node.text}
      </span>
    </>
  );
}

/** Where an arrow key leads: along the ways, or to a neighbour in the same row. */
function next(layout: Layout, model: Model, at: number, key: string): number | undefined {
  const here = layout.nodes[at];
  if (!here) return undefined;
  const find = (id: string | undefined) => {
    const found = layout.nodes.findIndex(({ node }) => node.id === id);
    return found < 0 ? undefined : found;
  };
  const row = layout.nodes.filter((box) => box.row === here.row).sort((one, two) => one.x - two.x);
  const beside = (step: number) => find(row[row.indexOf(here) + step]?.node.id);
  switch (key) {
    case 'ArrowDown':
      return find(model.edges.find((edge) => edge.from === here.node.id)?.to) ?? (at + 1 < layout.nodes.length ? at + 1 : undefined);
    case 'ArrowUp':
      return find(model.edges.find((edge) => edge.to === here.node.id)?.from) ?? (at > 0 ? at - 1 : undefined);
    case 'ArrowLeft':
      return beside(-1);
    case 'ArrowRight':
      return beside(1);
    case 'Home':
      return 0;
    case 'End':
      return layout.nodes.length - 1;
    default:
      return undefined;
  }
}

function Legend({ model }: { model: Model }) {
  const { t } = useWords();
  const kinds = (['added', 'changed', 'moved', 'removed'] as const).filter((kind) => model.nodes.some((node) => node.mark === kind));
  return (
    <ul className="diagram-legend" aria-label={t('diagram.legend')}>
      {kinds.map((kind) => (
        <li key={kind}>
          <span className={`mark mark-${kind}`}>{t(`change.${kind}`)}</span>
          <span className="quiet small">{model.nodes.filter((node) => node.mark === kind).length}</span>
        </li>
      ))}
    </ul>
  );
}

function placed({ x, y, width, height }: { x: number; y: number; width: number; height: number }): CSSProperties {
  return { left: x, top: y, width, height };
}
