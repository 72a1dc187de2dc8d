import { useRead } from '../api/live';
import { usePages, withQuery } from '../api/pages';
import { useStores } from '../api/stores';
import type { Execution, Page, Workflow } from '../api/types';
import { useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { Choice, Filters, ListPage, Rows } from '../ui/List';
import { Badge, Empty } from '../ui/parts';
import { StoryPage } from './executions/StoryPage';

const STATES = ['ready', 'running', 'waiting', 'completed', 'faulted', 'cancelled', 'parked'] as const;

export default function Executions({ id }: { id?: string }) {
  return id ? <StoryPage key={id} id={id} /> : <List />;
}

function List() {
  const { t, maybe } = useWords();
  const { all: stores } = useStores();
  const [{ status, store, workflow }, setFilters] = useFilters();
  const workflows = useRead<Page<Workflow>>('/v1/workflows?limit=200', ['workflow']);
  const path = withQuery('/v1/executions', { status, store, workflow_id: workflow });
  const pages = usePages<Execution>(path, ['execution', 'clock'], (execution) => execution.id);
  return (
    <ListPage title={t('nav.executions')}>
      <Filters>
        <Choice label={t('list.state')} value={status} options={STATES.map((state) => [state, maybe(`state.${state}`, state)] as const)} onChange={(value) => setFilters({ status: value })} />
        {stores.length > 1 ? (
          <Choice label={t('list.store')} value={store} options={stores.map(({ id, name }) => [id, name] as const)} onChange={(value) => setFilters({ store: value })} />
        ) : null}
        <Choice label={t('list.workflow')} value={workflow} options={(workflows.data?.items ?? []).map(({ id, title }) => [id, title] as const)} onChange={(value) => setFilters({ workflow: value })} />
      </Filters>
      <Rows
        pages={pages}
        label={t('nav.executions')}
        filtered={Boolean(status || store || workflow)}
        keyOf={(execution) => execution.id}
        empty={
          <Empty title={t('executions.none')}>
            <p className="quiet">{t('executions.none_hint')}</p>
          </Empty>
        }
        row={(execution) => <Row execution={execution} />}
      />
    </ListPage>
  );
}

function Row({ execution }: { execution: Execution }) {
  const { t, time } = useWords();
  const { nameOf, zoneOf } = useStores();
  const zone = zoneOf(execution.store_id);
  return (
    <Link to={`executions/${execution.id}`} className="card-link">
      <span className="row">
        <strong>{execution.title}</strong>
        <Badge state={execution.status} />
      </span>
      <span className="quiet small">
        {t('executions.started')} {time(execution.started_at, zone)}
        {execution.store_id ? ` · ${nameOf(execution.store_id)}` : ''}
        {execution.wakes_at && !execution.finished_at ? ` · ${t('executions.until', { time: time(execution.wakes_at, zone) })}` : ''}
      </span>
    </Link>
  );
}
