import { useState } from 'react';

import { useAct } from '../api/act';
import { post } from '../api/client';
import { useRead } from '../api/live';
import { useMay } from '../api/me';
import { usePages, withQuery } from '../api/pages';
import type { StatusChange, Workflow, WorkflowDetail } from '../api/types';
import { useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { Choice, Filters, ListPage, Rows } from '../ui/List';
import { Badge, Empty, Facts, Loading, Problem, Section, Time } from '../ui/parts';
import { Plan } from '../ui/Plan';
import { StartForm } from './StartForm';
import { type Act, StatusDialog } from './workflows/StatusDialog';

const STATES = ['active', 'paused', 'retired'] as const;

export default function Workflows({ id, query }: { id?: string; query: Record<string, string> }) {
  return id ? <WorkflowPage key={id} id={id} step={query.step} ranVersion={Number(query.version) || undefined} /> : <List />;
}

function List() {
  const { t, maybe } = useWords();
  const [{ status }, setFilters] = useFilters();
  const pages = usePages<Workflow>(withQuery('/v1/workflows', { status }), ['workflow', 'approval'], (workflow) => workflow.id);
  return (
    <ListPage title={t('nav.workflows')}>
      <Filters>
        <Choice label={t('list.state')} value={status} options={STATES.map((state) => [state, maybe(`state.${state}`, state)] as const)} onChange={(value) => setFilters({ status: value })} />
      </Filters>
      <Rows
        pages={pages}
        label={t('nav.workflows')}
        filtered={Boolean(status)}
        keyOf={(workflow) => workflow.id}
        empty={
          <Empty title={t('workflows.none')}>
            <p className="quiet">{t('workflows.none_hint')}</p>
            <Link to="assistant" className="button button-main">
              {t('workflows.start')}
            </Link>
          </Empty>
        }
        row={(workflow) => (
          <Link to={`workflows/${workflow.id}`} className="card-link">
            <span className="row">
              <strong>{workflow.title}</strong>
              <Badge state={workflow.status} />
            </span>
            <span className="quiet small">
              {t('workflows.version', { version: workflow.active_version })} · <Time at={workflow.updated_at} />
            </span>
          </Link>
        )}
      />
    </ListPage>
  );
}

function WorkflowPage({ id, step, ranVersion }: { id: string; step?: string; ranVersion?: number }) {
  const { t, language } = useWords();
  const read = useRead<WorkflowDetail>(`/v1/workflows/${encodeURIComponent(id)}`, ['workflow', 'approval', 'execution']);
  const [asking, setAsking] = useState<Act>();
  const [question, setQuestion] = useState<string>();
  const may = useMay();
  const { working, problem, run } = useAct<Act>(() => {
    setAsking(undefined);
    read.reload();
  });
  const workflow = read.data;

  const act = (what: Act, executions: 'finish' | 'cancel') =>
    run(what, async () => {
      setQuestion(undefined);
      const query = what === 'retire' ? `?executions=${executions}` : '';
      const changed = await post<StatusChange>(`/v1/workflows/${id}/${what}${query}`);
      setQuestion(changed.question ?? undefined);
    });

  return (
    <div className="page">
      <p className="back">
        <Link to="workflows">← {t('nav.workflows')}</Link>
      </p>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {problem ? <Problem problem={problem} /> : null}
      {!workflow && read.loading ? <Loading /> : null}
      {workflow ? (
        <article>
          <div className="row">
            <h1>{workflow.title}</h1>
            <Badge state={workflow.status} />
          </div>
          <p className="lead">{workflow.readback[language].summary}</p>
          {question ? (
            <p className="notice notice-warn" role="status">
              {t('workflows.asked')} <Link to={`approvals/${question}`}>{t('draft.see_request')}</Link>
            </p>
          ) : null}
          {may('operate') && workflow.status !== 'retired' ? (
            <div className="actions">
              {workflow.status === 'active' ? (
                <button type="button" className="button" disabled={working !== undefined} onClick={() => setAsking('pause')}>
                  {t(working === 'pause' ? 'working' : 'workflows.pause')}
                </button>
              ) : (
                <button type="button" className="button button-main" disabled={working !== undefined} onClick={() => setAsking('resume')}>
                  {t(working === 'resume' ? 'working' : 'workflows.resume')}
                </button>
              )}
              <button type="button" className="button button-bad" disabled={working !== undefined} onClick={() => setAsking('retire')}>
                {t('workflows.retire')}
              </button>
            </div>
          ) : null}
          {ranVersion && ranVersion !== workflow.active_version ? (
            <p className="notice">{t('workflows.other_version', { ran: ranVersion, active: workflow.active_version })}</p>
          ) : null}
          {may('operate') && workflow.status === 'active' && !('schedule' in (workflow.definition as object)) ? <StartForm workflow={workflow} /> : null}
          <Plan title={t('draft.does')} reading={workflow} highlight={step} />
          <p>
            <Link to={`executions?workflow=${workflow.id}`}>{t('workflows.see_executions')}</Link>
          </p>
          <Section title={t('workflows.versions')} count={workflow.versions.length}>
            <div className="table-scroll" role="region" aria-label={t('workflows.versions')} tabIndex={0}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t('workflows.version_short')}</th>
                    <th scope="col">{t('workflows.activated')}</th>
                    <th scope="col">{t('approvals.digest')}</th>
                    <th scope="col">{t('workflows.approval')}</th>
                  </tr>
                </thead>
                <tbody>
                  {workflow.versions.map((version) => (
                    <tr key={version.version}>
                      <td>{version.version}</td>
                      <td>
                        <Time at={version.activated_at} />
                      </td>
                      <td>
                        <code title={version.digest}>{version.digest.replace('sha256:', '').slice(0, 12)}</code>
                      </td>
                      <td>
                        <Link to={`approvals/${version.approval_id}`}>{t('workflows.see_approval')}</Link>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </Section>
          <Facts
            rows={[
              [t('workflows.since'), <Time key="t" at={workflow.created_at} />],
              [t('workflows.open'), String(workflow.executions.open)],
              ...(workflow.executions.held > 0
                ? ([[t('workflows.held'), String(workflow.executions.held)]] as [string, string][])
                : []),
            ]}
          />
        </article>
      ) : null}
      {asking && workflow ? (
        <StatusDialog
          act={asking}
          executions={workflow.executions}
          working={working !== undefined}
          onClose={() => setAsking(undefined)}
          onConfirm={(executions) => void act(asking, executions)}
        />
      ) : null}
    </div>
  );
}
