import { useState } from 'react';

import { ApiProblem, post } from '../api/client';
import { useRead } from '../api/live';
import type { Execution, Page, Story, StoryStep, User } from '../api/types';
import { useWords } from '../i18n';
import { Link } from '../router';
import { show } from '../ui/Changes';
import { Badge, Empty, Facts, Loading, Problem, Section } from '../ui/parts';

export default function Executions({ id, user }: { id?: string; user: User }) {
  return id ? <StoryPage key={id} id={id} user={user} /> : <List />;
}

function List() {
  const { t, time } = useWords();
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
                {t('executions.started')} {time(execution.started_at)}
                {execution.store_id ? ` · ${execution.store_id}` : ''}
                {execution.wakes_at && !execution.finished_at ? ` · ${t('executions.until', { time: time(execution.wakes_at) })}` : ''}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

const OVER = ['completed', 'succeeded', 'failed', 'faulted', 'cancelled'];

function StoryPage({ id, user }: { id: string; user: User }) {
  const { t, time } = useWords();
  const read = useRead<Story>(`/v1/executions/${encodeURIComponent(id)}`, ['execution', 'outbox', 'clock']);
  const [problem, setProblem] = useState<ApiProblem>();
  const [working, setWorking] = useState(false);
  const story = read.data;
  const execution = story?.execution;
  const over = execution ? Boolean(execution.finished_at) || OVER.includes(execution.status) : true;

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
      {story && execution ? (
        <article>
          <div className="row">
            <h1>{execution.title}</h1>
            <Badge state={execution.status} />
          </div>
          <Facts
            rows={[
              [t('executions.started'), time(execution.started_at)],
              ...(execution.finished_at
                ? ([[t('executions.finished'), time(execution.finished_at)]] as [string, React.ReactNode][])
                : []),
              ...(execution.wakes_at && !over
                ? ([[t('executions.next'), time(execution.wakes_at)]] as [string, React.ReactNode][])
                : []),
              [t('executions.workflow'), <Link key="w" to={`workflows/${execution.workflow_id}`}>{t('executions.see_workflow')}</Link>],
            ]}
          />
          {execution.error ? <p className="notice notice-bad">{errorText(execution.error)}</p> : null}
          <Section title={t('executions.story')} count={story.steps.length}>
            <ol className="timeline" aria-live="polite" aria-relevant="additions">
              {story.steps.map((step, at) => (
                <TimelineItem key={`${step.path ?? ''}${step.kind}${at}`} step={step} />
              ))}
              {over ? null : (
                <li className="moment moment-now">
                  <span className="moment-time">{t('executions.now')}</span>
                  <p>{execution.wakes_at ? t('executions.until', { time: time(execution.wakes_at) }) : t('executions.going')}</p>
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

function TimelineItem({ step }: { step: StoryStep }) {
  const { t, time, maybe } = useWords();
  const hasMore = step.input !== undefined && step.input !== null ? true : step.outcome !== undefined && step.outcome !== null;
  return (
    <li className={`moment moment-${step.kind}`}>
      <time className="moment-time" dateTime={step.at}>
        {time(step.at)}
      </time>
      <div>
        <p>
          <span className="step-kind">{maybe(`story.${step.kind}`, step.kind.replaceAll('_', ' '))}</span>
          {step.words ?? step.task ?? step.path}
        </p>
        {hasMore ? (
          <details className="more">
            <summary>{t('executions.details')}</summary>
            {step.input !== undefined && step.input !== null ? <pre tabIndex={0}>{pretty(step.input)}</pre> : null}
            {step.outcome !== undefined && step.outcome !== null ? <pre tabIndex={0}>{pretty(step.outcome)}</pre> : null}
          </details>
        ) : null}
      </div>
    </li>
  );
}

function pretty(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function errorText(error: unknown): string {
  if (error && typeof error === 'object') {
    const { title, detail } = error as { title?: string; detail?: string };
    if (title || detail) return [title, detail].filter(Boolean).join(': ');
  }
  return show(error);
}
