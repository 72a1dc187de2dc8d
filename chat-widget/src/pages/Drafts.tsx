/** Drafts and conversations: everything one can go on with. */
import { useAct } from '../api/act';
import { post } from '../api/client';
import { useRead } from '../api/live';
import { usePages, withQuery } from '../api/pages';
import type { Conversation, Draft, DraftEntry, User } from '../api/types';
import { useWords } from '../i18n';
import { go, Link, useFilters } from '../router';
import { Choice, Filters, ListPage, Rows, SearchField, Switch } from '../ui/List';
import { Badge, Empty, Problem, Time } from '../ui/parts';
import { DraftPanel } from './assistant/DraftPanel';

const STATES = ['open', 'submitted', 'changes_requested', 'approved', 'rejected', 'withdrawn'] as const;

/** Whose drafts, or the conversations. */
const VIEWS = ['mine', 'stores', 'all', 'conversations'] as const;

export default function Drafts({ id, user }: { id?: string; user: User }) {
  return id ? <DraftPage key={id} id={id} user={user} /> : <Lists user={user} />;
}

function Lists({ user }: { user: User }) {
  const { t, maybe } = useWords();
  const [filters, setFilters] = useFilters();
  const conversations = filters.show === 'conversations';
  return (
    <ListPage title={t('nav.drafts')} hint={t('drafts.hint')}>
      <Filters>
        <Switch
          label={t('drafts.show')}
          names={[
            ['mine', t('drafts.mine')],
            ...(user.stores.length > 0 ? ([['stores', t(user.stores.length === 1 ? 'drafts.store' : 'drafts.stores')]] as const) : []),
            ['all', t('drafts.all')],
            ['conversations', t('drafts.conversations')],
          ]}
          value={VIEWS.find((view) => view === filters.show) ?? 'mine'}
          onChange={(show) => setFilters({ show: show === 'mine' ? '' : show, status: '' })}
        />
        <SearchField label={t('list.search_title')} value={filters.q} onSearch={(q) => setFilters({ q })} />
        {conversations ? null : (
          <Choice
            label={t('list.state')}
            value={filters.status}
            options={STATES.map((state) => [state, maybe(`state.${state}`, state)] as const)}
            onChange={(status) => setFilters({ status })}
          />
        )}
      </Filters>
      {conversations ? <Conversations q={filters.q} /> : <DraftList filters={filters} user={user} />}
    </ListPage>
  );
}

function DraftList({ filters, user }: { filters: Record<string, string>; user: User }) {
  const { t } = useWords();
  const whose = filters.show === 'all' ? {} : filters.show === 'stores' ? { colleagues: 'true' } : { mine: 'true' };
  const path = withQuery('/v1/drafts', { ...whose, status: filters.status, q: filters.q });
  const pages = usePages<DraftEntry>(path, ['draft', 'approval'], (draft) => draft.id);
  return (
    <Rows
      pages={pages}
      label={t('nav.drafts')}
      filtered={Boolean(filters.status || filters.q)}
      keyOf={(draft) => draft.id}
      empty={
        <Empty title={t('drafts.none')}>
          <p className="quiet">{t('drafts.none_hint')}</p>
          <Link to="assistant" className="button button-main">
            {t('workflows.start')}
          </Link>
        </Empty>
      }
      row={(draft) => (
        <Link to={placeOf(draft, user)} className="card-link">
          <span className="row">
            <strong>{draft.title || t('drafts.untitled')}</strong>
            <Badge state={draft.status} />
          </span>
          <span className="quiet small">
            {t('draft.revision', { revision: draft.revision })} · <Time at={draft.updated_at} />
            {draft.created_by === user.id ? '' : ` · ${draft.author ?? t('drafts.somebody')}`}
          </span>
        </Link>
      )}
    />
  );
}

/** Where a draft is worked on: in the conversation it grew in when that is one's own, else on its own page. */
function placeOf(draft: DraftEntry, user: User): string {
  const own = draft.created_by === user.id && draft.conversation_id;
  return own ? `assistant/${draft.conversation_id}` : `drafts/${draft.id}`;
}

function Conversations({ q }: { q?: string }) {
  const { t } = useWords();
  const pages = usePages<Conversation>(withQuery('/v1/conversations', { q }), [], (conversation) => conversation.id);
  return (
    <Rows
      pages={pages}
      label={t('drafts.conversations')}
      filtered={Boolean(q)}
      keyOf={(conversation) => conversation.id}
      empty={<Empty title={t('history.none')} />}
      row={(conversation) => (
        <Link to={`assistant/${conversation.id}`} className="card-link">
          <strong>{conversation.title || t('drafts.untitled')}</strong>
          <span className="quiet small">
            <Time at={conversation.updated_at} />
            {conversation.draft_id ? ` · ${t('drafts.with_draft')}` : ''}
          </span>
        </Link>
      )}
    />
  );
}

/** A draft on its own: somebody else's, or one that no conversation of one's own works on. */
function DraftPage({ id, user }: { id: string; user: User }) {
  const { t } = useWords();
  const read = useRead<Draft>(`/v1/drafts/${id}`, ['draft']);
  const { working, problem, run } = useAct();
  const own = read.data?.created_by === user.id ? read.data.conversation_id : undefined;
  const begin = async () => {
    const conversation = await post<Conversation>('/v1/conversations', { draft_id: id });
    go(`assistant/${conversation.id}`);
  };
  return (
    <div className="page">
      <p className="back">
        <Link to="drafts">← {t('nav.drafts')}</Link>
      </p>
      <h1 className="hidden">{t('assistant.draft')}</h1>
      {problem ? <Problem problem={problem} /> : null}
      <div className="card draft-alone">
        <DraftPanel id={id}>
          <div className="actions">
            {own ? (
              <Link to={`assistant/${own}`} className="button">
                {t('drafts.resume')}
              </Link>
            ) : (
              <button type="button" className="button" disabled={working !== undefined} onClick={() => void run('begin', begin)}>
                {t(working ? 'working' : 'drafts.talk')}
              </button>
            )}
          </div>
        </DraftPanel>
      </div>
    </div>
  );
}
