import { type ReactNode, useState } from 'react';

import { ApiProblem, post } from '../api/client';
import { useRead } from '../api/live';
import { useStores } from '../api/stores';
import type { Execution, Page, Story, StoryStep, User } from '../api/types';
import { useWords } from '../i18n';
import { Link } from '../router';
import { Badge, Empty, Facts, Loading, Problem, Section } from '../ui/parts';

export default function Executions({ id, user }: { id?: string; user: User }) {
  return id ? <StoryPage key={id} id={id} user={user} /> : <List />;
}

function List() {
  const { t, time } = useWords();
  const { nameOf, zoneOf } = useStores();
  const read = useRead<Page<Execution>>('/v1/executions', ['execution', 'clock']);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('nav.executions')}</h1>
      </header>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {!read.data && read.loading ? <Loading /> : null}
      {read.data?.items.length === 0 ? (
        <Empty title={t('executions.none')}>
          <p className="quiet">{t('executions.none_hint')}</p>
        </Empty>
      ) : null}
      <ul className="cards">
        {read.data?.items.map((execution) => (
          <li key={execution.id} className="card">
            <Link to={`executions/${execution.id}`} className="card-link">
              <span className="row">
                <strong>{execution.title}</strong>
                <Badge state={execution.status} />
              </span>
              <span className="quiet small">
                {t('executions.started')} {time(execution.started_at, zoneOf(execution.store_id))}
                {execution.store_id ? ` · ${nameOf(execution.store_id)}` : ''}
                {execution.wakes_at && !execution.finished_at ? ` · ${t('executions.until', { time: time(execution.wakes_at, zoneOf(execution.store_id)) })}` : ''}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

const OVER = ['completed', 'faulted', 'cancelled'];

function StoryPage({ id, user }: { id: string; user: User }) {
  const { t, time } = useWords();
  const read = useRead<Story>(`/v1/executions/${encodeURIComponent(id)}`, ['execution', 'outbox', 'clock']);
  const { zoneOf } = useStores();
  // The story does not say its store; the list does.
  const list = useRead<Page<Execution>>('/v1/executions', []);
  const zone = zoneOf(list.data?.items.find((execution) => execution.id === id)?.store_id);
  const [problem, setProblem] = useState<ApiProblem>();
  const [working, setWorking] = useState(false);
  const story = read.data;
  const over = story ? OVER.includes(story.status) : true;

  const cancel = async () => {
    setWorking(true);
    setProblem(undefined);
    try {
      await post(`/v1/executions/${id}/cancel`);
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, 'offline', String(error)));
    } finally {
      setWorking(false);
      read.reload();
    }
  };

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
          <Facts
            rows={[
              [t('executions.started'), time(story.started_at, zone)],
              ...(story.finished_at
                ? ([[t('executions.finished'), time(story.finished_at, zone)]] as [string, ReactNode][])
                : []),
            ]}
          />
          <Section title={t('executions.story')} count={story.steps.length}>
            <ol className="timeline" aria-live="polite" aria-relevant="additions">
              {story.steps.map((step, at) => (
                <TimelineItem key={`${step.path}${step.kind}${at}`} step={step} live={!over} zone={zone} />
              ))}
              {over || story.steps.at(-1)?.state === 'waiting' ? null : (
                <li className="moment moment-now">
                  <span className="moment-time">{t('executions.now')}</span>
                  <p>{t('executions.going')}</p>
                </li>
              )}
            </ol>
          </Section>
          {!over && user.role !== 'user' ? (
            <div className="actions">
              <button type="button" className="button button-bad" disabled={working} onClick={() => void cancel()}>
                {t('executions.cancel')}
              </button>
            </div>
          ) : null}
        </article>
      ) : null}
    </div>
  );
}

function TimelineItem({ step, live, zone }: { step: StoryStep; live: boolean; zone?: string }) {
  const { t, time } = useWords();
  const more = [step.input, step.outcome].filter((value) => value !== undefined && value !== null);
  const state = step.state === 'waiting' && live ? 'now' : step.state;
  return (
    <li className={`moment moment-${state}`}>
      <time className="moment-time" dateTime={step.at}>
        {time(step.at, zone)}
      </time>
      <div>
        <p>
          {step.words}
          {step.state === 'failed' ? <span className="mark mark-removed">{t('state.failed')}</span> : null}
        </p>
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
    </li>
  );
}
