/** What the assistant may look up: searched with the reasons shown, and, for managers, looked after. */
import { useCallback, useState } from 'react';

import { useAct } from '../api/act';
import { del } from '../api/client';
import { useMay } from '../api/me';
import { usePages } from '../api/pages';
import type { ArticleEntry, KnowledgeDocument } from '../api/types';
import { useWords } from '../i18n';
import { Link, useFilters } from '../router';
import { usePlaces } from '../ui/DocumentView';
import { Choice, Filters, ListPage, Rows, SearchField, Switch } from '../ui/List';
import { Dialog, DialogActions, Empty, Problem, Time } from '../ui/parts';
import { Found, WITHIN } from './knowledge/Found';
import { IndexBar } from './knowledge/IndexBar';
import { Uploads } from './knowledge/Uploads';

const DEPARTMENTS = ['sales', 'service', 'parts', 'fi', 'marketing', 'management'] as const;

export default function Knowledge() {
  const { t, maybe } = useWords();
  const may = useMay();
  const [filters, setFilters] = useFilters();
  const shipped = filters.show === 'shipped';
  return (
    <ListPage title={t('nav.knowledge')} hint={t('knowledge.hint')}>
      <Filters>
        {filters.q ? null : (
          <Switch
            label={t('knowledge.show')}
            names={[
              ['own', t('knowledge.own')],
              ['shipped', t('knowledge.shipped')],
            ]}
            value={shipped ? 'shipped' : 'own'}
            onChange={(show) => setFilters({ show: show === 'own' ? '' : show })}
          />
        )}
        <SearchField label={t('knowledge.search')} value={filters.q} onSearch={(q) => setFilters({ q })} />
        <label>
          <span>{t('knowledge.within')}</span>
          <select value={filters.within ?? 'knowledge'} onChange={(event) => setFilters({ within: event.target.value })}>
            {WITHIN.map((name) => (
              <option key={name} value={name}>
                {t(`knowledge.within_${name}`)}
              </option>
            ))}
          </select>
        </label>
        <Choice
          label={t('knowledge.department')}
          value={filters.department}
          options={DEPARTMENTS.map((name) => [name, maybe(`department.${name}`, name)] as const)}
          onChange={(department) => setFilters({ department })}
        />
      </Filters>
      {filters.q ? (
        <Found query={filters} />
      ) : shipped ? (
        <Shipped />
      ) : (
        <Own curates={may('curate') === true} />
      )}
    </ListPage>
  );
}

function Own({ curates }: { curates: boolean }) {
  const { t } = useWords();
  const pages = usePages<KnowledgeDocument>('/v1/knowledge/documents', [], (document) => document.id);
  const [removing, setRemoving] = useState<KnowledgeDocument>();
  const [said, setSaid] = useState('');
  const [turn, setTurn] = useState(0);
  const { reload } = pages;
  const changed = useCallback(() => {
    reload();
    setTurn((now) => now + 1);
  }, [reload]);
  return (
    <>
      {curates ? <Uploads onDone={changed} /> : null}
      {curates ? <IndexBar turn={turn} /> : null}
      <Rows
        pages={pages}
        label={t('knowledge.own')}
        keyOf={(document) => document.id}
        empty={
          <Empty title={t('knowledge.none')}>
            <p className="quiet">{t(curates ? 'knowledge.none_hint' : 'knowledge.none_ask')}</p>
          </Empty>
        }
        row={(document) => <OwnRow document={document} onRemove={curates ? () => setRemoving(document) : undefined} />}
      />
      <p className="hidden" role="status">
        {said}
      </p>
      {removing ? (
        <Remove
          document={removing}
          onClose={() => setRemoving(undefined)}
          onDone={() => {
            setSaid(t('knowledge.removed', { title: removing.title }));
            setRemoving(undefined);
            changed();
          }}
        />
      ) : null}
    </>
  );
}

function OwnRow({ document, onRemove }: { document: KnowledgeDocument; onRemove?: () => void }) {
  const { t } = useWords();
  const places = usePlaces();
  return (
    <div className="user">
      <div>
        <p>
          <Link to={`documents/${encodeURIComponent(document.id)}`}>
            <strong>{document.title}</strong>
          </Link>
        </p>
        <p className="quiet small">{[document.name, ...places(document), t('knowledge.passages', { count: document.passages })].join(' · ')}</p>
        <p className="quiet small">
          <Time at={document.updated_at} />
        </p>
      </div>
      {onRemove ? (
        <div className="card-actions">
          <button type="button" className="button button-small button-bad" onClick={onRemove}>
            {t('knowledge.remove')} <span className="hidden">{document.title}</span>
          </button>
        </div>
      ) : null}
    </div>
  );
}

function Remove({ document, onClose, onDone }: { document: KnowledgeDocument; onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const confirm = () =>
    run('remove', () => del(`/v1/knowledge/documents/${document.id}`)).then((ok) => {
      if (ok) onDone();
    });
  return (
    <Dialog title={t('knowledge.remove_title', { title: document.title })} onClose={onClose}>
      <p>{t('knowledge.remove_text')}</p>
      {problem ? <Problem problem={problem} /> : null}
      <DialogActions label="knowledge.remove" bad working={working !== undefined} onCancel={onClose} onConfirm={() => void confirm()} />
    </Dialog>
  );
}

/** The articles that come with the product. */
function Shipped() {
  const { t, date, maybe } = useWords();
  const pages = usePages<ArticleEntry>('/v1/knowledge/articles', [], (article) => article.id);
  return (
    <Rows
      pages={pages}
      label={t('knowledge.shipped')}
      keyOf={(article) => article.id}
      empty={<Empty title={t('list.no_match')} />}
      row={(article) => (
        <Link to={`documents/${article.id}`} className="card-link">
          <strong>{article.title}</strong>
          <span className="quiet small">
            {[maybe(`category.${article.category}`, article.category), ...article.jurisdictions.filter((place) => place !== 'all')].join(' · ')} ·{' '}
            {t('document.reviewed', { date: date(`${article.reviewed}T12:00:00Z`) })}
          </span>
        </Link>
      )}
    />
  );
}
