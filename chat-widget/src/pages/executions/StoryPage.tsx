/** What an execution did: a bar of the whole time, and every moment with the time until the next. */
import { type ReactNode, useState } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import { useEngineTime } from '../../api/clock';
import { useRead } from '../../api/live';
import { useMay } from '../../api/me';
import { useStores } from '../../api/stores';
import type { Story } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Badge, Facts, Loading, Problem, Section } from '../../ui/parts';
import { type Moment, moments, outboxRow, pointerOf, type Span, spans } from './timeline';

const OVER = ['completed', 'faulted', 'cancelled'];
/** More moments than this: the early ones are folded away. */
const MANY = 40;

export function StoryPage({ id }: { id: string }) {
  const { t, time, language } = useWords();
  const path = `/v1/executions/${encodeURIComponent(id)}?language=${language}`;
  const read = useRead<Story>(path, ['execution', 'outbox', 'clock']);
  const { now } = useEngineTime();
  const { zoneOf, nameOf } = useStores();
  const may = useMay();
  const { working, problem, run } = useAct(read.reload);
  const story = read.data;

  return (
    <div className="page">
      <p className="back">
        <Link to="executions">← {t('nav.executions')}</Link>
      </p>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {problem ? <Problem problem={problem} /> : null}
      {!story && read.loading ? <Loading /> : null}
      {story ? (
        <article>
          <div className="row">
            <h1>{story.title}</h1>
            <Badge state={story.status} />
          </div>
          <Facts rows={facts(story)} />
          <Timeline story={story} now={now()} zone={zoneOf(story.store_id)} />
          {!OVER.includes(story.status) && may('operate') ? (
            <div className="actions">
              <button
                type="button"
                className="button button-bad"
                disabled={working !== undefined}
                onClick={() => void run('cancel', () => post(`/v1/executions/${id}/cancel`))}
              >
                {t(working ? 'working' : 'executions.cancel')}
              </button>
            </div>
          ) : null}
        </article>
      ) : null}
    </div>
  );

  function facts(told: Story): [string, ReactNode][] {
    const zone = zoneOf(told.store_id);
    const rows: [string, ReactNode][] = [[t('executions.started'), time(told.started_at, zone)]];
    if (told.finished_at) rows.push([t('executions.finished'), time(told.finished_at, zone)]);
    else if (told.wakes_at) rows.push([t('executions.next'), time(told.wakes_at, zone)]);
    rows.push([t('list.store'), nameOf(told.store_id)]);
    rows.push([
      t('list.workflow'),
      <Link key="workflow" to={`workflows/${told.workflow_id}`}>
        {t('workflows.version', { version: told.version })}
      </Link>,
    ]);
    return rows;
  }
}

function Timeline({ story, now, zone }: { story: Story; now: number; zone?: string }) {
  const { t } = useWords();
  const [early, setEarly] = useState(false);
  const over = OVER.includes(story.status);
  const list = moments(story, now);
  const ahead = !over && story.wakes_at ? Date.parse(story.wakes_at) - now : 0;
  const hidden = early ? 0 : Math.max(0, list.length - MANY);
  return (
    <Section title={t('executions.story')} count={story.steps.length}>
      <Bar list={spans(list, ahead)} />
      {hidden > 0 ? (
        <button type="button" className="button button-small" onClick={() => setEarly(true)}>
          {t('executions.earlier', { count: hidden })}
        </button>
      ) : null}
      <ol className="timeline" aria-live="polite" aria-relevant="additions">
        {list.slice(hidden).map((moment, at) => (
          <MomentItem key={`${moment.step.path}${moment.step.kind}${at + hidden}`} moment={moment} story={story} live={!over} zone={zone} />
        ))}
        {over || story.steps.at(-1)?.state === 'waiting' ? null : (
          <li className="moment moment-now">
            <span className="moment-time">{t('executions.now')}</span>
            <p>{t('executions.going')}</p>
          </li>
        )}
      </ol>
    </Section>
  );
}

/** The whole time at a glance; the list below says the same in words. */
function Bar({ list }: { list: Span[] }) {
  const { t, duration } = useWords();
  const pauses = list.filter((span) => span.pause !== 'work');
  if (pauses.length === 0) return null;
  const kinds = [...new Set(pauses.map((span) => span.pause))];
  return (
    <div className="story-bar" aria-hidden="true">
      <div className="story-spans">
        {list.map((span, at) => (
          <span
            key={at}
            className={`span span-${span.pause}`}
            style={span.pause === 'work' ? undefined : { flexGrow: Math.max(0.04, span.share) }}
            title={span.pause === 'work' ? undefined : `${t(`pause.${span.pause}`)} ${duration(span.ms)}`}
          >
            {span.pause !== 'work' && span.share > 0.16 ? duration(span.ms) : null}
          </span>
        ))}
      </div>
      <ul className="story-legend small quiet">
        {kinds.map((pause) => (
          <li key={pause}>
            <span className={`span span-${pause}`} /> {t(`pause.${pause as 'wait'}`)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function MomentItem({ moment, story, live, zone }: { moment: Moment; story: Story; live: boolean; zone?: string }) {
  const { t, time, duration } = useWords();
  const { step, gap } = moment;
  const more = [step.input, step.outcome].filter((value) => value !== undefined && value !== null);
  const state = step.state === 'waiting' && live ? 'now' : step.state;
  const row = outboxRow(step);
  const pointer = pointerOf(step);
  return (
    <li className={`moment moment-${state} moment-kind-${step.kind}`}>
      <time className="moment-time" dateTime={step.at}>
        {time(step.at, zone)}
      </time>
      <div>
        <p>
          {step.words}
          {step.state === 'failed' ? (
            <>
              {' '}
              <span className="mark mark-removed">{t('state.failed')}</span>
            </>
          ) : null}
        </p>
        {row || pointer ? (
          <div className="moment-links small">
            {row ? (
              <Link to={`outbox?execution=${story.id}&entry=${row}`}>
                {t('executions.see_outbox')}
                <span className="hidden">: {step.words}</span>
              </Link>
            ) : null}
            {pointer ? (
              <Link to={`workflows/${story.workflow_id}?step=${encodeURIComponent(pointer)}&version=${story.version}`}>
                {t('executions.see_step')}
                <span className="hidden">: {step.words}</span>
              </Link>
            ) : null}
          </div>
        ) : null}
        {more.length > 0 ? (
          <details className="more">
            <summary>
              {t('executions.details')}
              <span className="hidden">: {step.words}</span>
            </summary>
            {more.map((value, at) => (
              <pre key={at} tabIndex={0}>
                {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
              </pre>
            ))}
          </details>
        ) : null}
      </div>
      {gap ? (
        <div className={`gap gap-${gap.pause}`}>
          <span>{t(gap.open ? `pause.${gap.pause}_so_far` : `pause.${gap.pause}_for`, { time: duration(gap.ms) })}</span>
        </div>
      ) : null}
    </li>
  );
}
