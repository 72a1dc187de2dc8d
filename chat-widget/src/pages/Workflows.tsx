import { useState } from 'react';

import { ApiProblem, post } from '../api/client';
import { useRead } from '../api/live';
import type { Page, User, Workflow, WorkflowDetail } from '../api/types';
import { useWords } from '../i18n';
import { Link } from '../router';
import { Badge, Dialog, Empty, Facts, Loading, Problem, Section, Time } from '../ui/parts';
import { Steps } from '../ui/Steps';

export default function Workflows({ id, user }: { id?: string; user: User }) {
  return id ? <WorkflowPage key={id} id={id} user={user} /> : <List />;
}

function List() {
  const { t } = useWords();
  const read = useRead<Page<Workflow>>('/v1/workflows', ['workflow', 'approval']);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('nav.workflows')}</h1>
      </header>
      {read.error ? <Problem problem={read.error} retry={read.reload} /> : null}
      {!read.data && read.loading ? <Loading /> : null}
      {read.data?.items.length === 0 ? (
        <Empty title={t('workflows.none')}>
          <p className="quiet">{t('workflows.none_hint')}</p>
          <Link to="assistant" className="button button-main">
            {t('workflows.start')}
          </Link>
        </Empty>
      ) : null}
      <ul className="cards">
        {read.data?.items.map((workflow) => (
          <li key={workflow.id} className="card">
            <Link to={`workflows/${workflow.id}`} className="card-link">
              <span className="row">
                <strong>{workflow.title}</strong>
                <Badge state={workflow.status} />
              </span>
              <span className="quiet small">
                {t('workflows.version', { version: workflow.active_version })} · <Time at={workflow.updated_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

type Act = 'pause' | 'resume' | 'retire';

function WorkflowPage({ id, user }: { id: string; user: User }) {
  const { t, language } = useWords();
  const read = useRead<WorkflowDetail>(`/v1/workflows/${encodeURIComponent(id)}`, ['workflow', 'approval']);
  const [asking, setAsking] = useState<Act>();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const workflow = read.data;

  const act = async (what: Act) => {
    setWorking(true);
    setProblem(undefined);
    try {
      await post(`/v1/workflows/${id}/${what}`);
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, 'offline', String(error)));
    } finally {
      setWorking(false);
      setAsking(undefined);
      read.reload();
    }
  };

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
          {user.role !== 'user' && workflow.status !== 'retired' ? (
            <div className="actions">
              {workflow.status === 'active' ? (
                <button type="button" className="button" disabled={working} onClick={() => void act('pause')}>
                  {t('workflows.pause')}
                </button>
              ) : (
                <button type="button" className="button button-main" disabled={working} onClick={() => void act('resume')}>
                  {t('workflows.resume')}
                </button>
              )}
              <button type="button" className="button button-bad" disabled={working} onClick={() => setAsking('retire')}>
                {t('workflows.retire')}
              </button>
            </div>
          ) : null}
          <Section title={t('draft.does')}>
            <Steps readback={workflow.readback[language]} marks={new Map()} />
          </Section>
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
          <Facts rows={[[t('workflows.since'), <Time key="t" at={workflow.created_at} />]]} />
        </article>
      ) : null}
      {asking ? (
        <Dialog title={t('workflows.retire_title')} onClose={() => setAsking(undefined)}>
          <p>{t('workflows.retire_text')}</p>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setAsking(undefined)}>
              {t('cancel')}
            </button>
            <button type="button" className="button button-bad" disabled={working} onClick={() => void act(asking)}>
              {t('workflows.retire')}
            </button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
