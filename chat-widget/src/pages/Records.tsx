/** The system of record: customers, leads, vehicles and what else the dealership keeps, to look at. */
import { usePages, withQuery } from '../api/pages';
import { useStores } from '../api/stores';
import type { RecordView } from '../api/types';
import { useWords } from '../i18n';
import { useFilters } from '../router';
import { inPlainWords } from '../ui/Changes';
import { Choice, Filters, ListPage, Rows, SearchField } from '../ui/List';
import { Empty, Facts } from '../ui/parts';

const ENTITIES = ['customer', 'lead', 'vehicle', 'appointment', 'deal', 'repair_order', 'part_order', 'task', 'consent', 'review', 'document', 'employee'] as const;
/** Fields that say in a line which record it is, best first. */
const TITLES = ['name', 'title', 'subject', 'description', 'vehicle', 'document_type', 'number'];
/** Fields that are said in the line already, or say nothing to people. */
const SKIPPED = new Set(['id', 'first_name', 'last_name']);

export default function Records() {
  const { t, maybe } = useWords();
  const { all: stores } = useStores();
  const [{ entity = 'customer', q, store }, setFilters] = useFilters();
  const pages = usePages<RecordView>(withQuery(`/v1/records/${entity}`, { q, store }), ['execution'], (record) => record.id);
  return (
    <ListPage title={t('nav.records')} hint={t('records.hint')}>
      <Filters>
        <SearchField label={t('records.search')} value={q} onSearch={(words) => setFilters({ q: words })} />
        <label>
          <span>{t('records.kind')}</span>
          <select value={entity} onChange={(event) => setFilters({ entity: event.target.value })}>
            {ENTITIES.map((name) => (
              <option key={name} value={name}>
                {maybe(`entity.${name}`, inPlainWords(name))}
              </option>
            ))}
          </select>
        </label>
        {stores.length > 1 ? (
          <Choice label={t('list.store')} value={store} options={stores.map(({ id, name }) => [id, name] as const)} onChange={(value) => setFilters({ store: value })} />
        ) : null}
      </Filters>
      <Rows
        pages={pages}
        label={maybe(`entity.${entity}`, inPlainWords(entity))}
        filtered={Boolean(q || store)}
        keyOf={(record) => record.id}
        empty={<Empty title={t('records.none')} />}
        row={(record) => <RecordCard record={record} />}
      />
    </ListPage>
  );
}

function RecordCard({ record }: { record: RecordView }) {
  const { t, time } = useWords();
  const { nameOf, zoneOf } = useStores();
  const { data } = record;
  const rows = Object.entries(data).filter(([name, value]) => !SKIPPED.has(name) && value !== null && value !== '');
  const shown = (value: unknown): string => {
    if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? time(value, zoneOf(record.store_id)) : value;
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    if (Array.isArray(value)) return value.length === 0 ? '—' : value.map(shown).join('; ');
    if (value !== null && typeof value === 'object') return Object.values(value).filter((inner) => inner !== null && inner !== '').map(shown).join(', ');
    return String(value);
  };
  return (
    <details className="record">
      <summary>
        <strong>{titleOf(record)}</strong>
        <span className="quiet small">
          {[data.status, data.phone ?? data.mobile, data.email].filter((value): value is string => typeof value === 'string').join(' · ')}
        </span>
        <span className="quiet small">{nameOf(record.store_id)}</span>
      </summary>
      <Facts rows={[...rows.map(([name, value]): [string, string] => [inPlainWords(name), shown(value)]), ['id', record.id]]} />
    </details>
  );
}

function titleOf(record: RecordView): string {
  for (const name of TITLES) {
    const value = record.data[name];
    if (typeof value === 'string' && value !== '') return value;
    if (value !== null && typeof value === 'object' && typeof (value as { description?: unknown }).description === 'string') {
      return (value as { description: string }).description;
    }
  }
  return record.id;
}
