/** A list page: its heading, filters, cards, and the rows beyond the first page. */
import { type ReactNode, useId, useRef, useState } from 'react';

import type { Pages } from '../api/pages';
import { useWords } from '../i18n';
import { Empty, Loading, Problem } from './parts';

export function ListPage({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <div className="page">
      <header className="page-head">
        <h1>{title}</h1>
        {hint ? <p className="quiet page-hint">{hint}</p> : null}
      </header>
      {children}
    </div>
  );
}

/**
 * Rows as cards. "Load more" keeps the focus: on the button while there is more, on the first new row at the end. How
 * many rows there are is said, not only shown.
 */
export function Rows<T>({
  pages,
  label,
  empty,
  filtered,
  row,
  keyOf,
}: {
  pages: Pages<T>;
  label: string;
  /** What stands there when there is nothing at all. */
  empty: ReactNode;
  /** With a filter set, nothing to show means something else. */
  filtered?: boolean;
  row: (row: T) => ReactNode;
  keyOf: (row: T) => string;
}) {
  const { t } = useWords();
  const list = useRef<HTMLUListElement>(null);
  const [loading, setLoading] = useState(false);
  const [said, setSaid] = useState('');
  const { items } = pages;

  const more = async () => {
    const before = items?.length ?? 0;
    setLoading(true);
    setSaid(t('loading'));
    const came = await pages.loadMore();
    setLoading(false);
    setSaid(t('list.came', { count: came, total: before + came }));
    // The button may be gone: the keyboard goes on where the new rows begin.
    requestAnimationFrame(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const first = list.current?.children[before];
      first?.querySelector<HTMLElement>('a, button')?.focus();
    });
  };

  return (
    <>
      {pages.error ? <Problem problem={pages.error} retry={pages.reload} /> : null}
      {!items && pages.loading ? <Loading /> : null}
      {items?.length === 0 ? filtered ? <Empty title={t('list.no_match')}><p className="quiet">{t('list.no_match_hint')}</p></Empty> : empty : null}
      {items && items.length > 0 ? (
        <>
          <ul className="cards" ref={list} aria-label={label}>
            {items.map((item) => (
              <li key={keyOf(item)} className="card">
                {row(item)}
              </li>
            ))}
          </ul>
          {pages.more || items.length >= 50 ? (
            <div className="more-rows">
              <span className="quiet small">{t(pages.more ? 'list.shown' : 'list.all_shown', { count: items.length })}</span>
              {pages.more ? (
                <button type="button" className="button" aria-disabled={loading} onClick={() => void (loading ? undefined : more())}>
                  {t(loading ? 'loading' : 'list.more')}
                </button>
              ) : null}
            </div>
          ) : null}
        </>
      ) : null}
      <p className="hidden" role="status">
        {said}
      </p>
    </>
  );
}

/** Filters stand in one line where there is room. */
export function Filters({ children }: { children: ReactNode }) {
  const { t } = useWords();
  return (
    <form className="filters" role="search" aria-label={t('list.filters')} onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  );
}

export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value?: string;
  options: readonly (readonly [value: string, name: string])[];
  onChange: (value: string) => void;
}) {
  const { t } = useWords();
  return (
    <label>
      <span>{label}</span>
      <select value={value ?? ''} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t('list.any')}</option>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Searches when the typing rests for a moment, and at once on Enter. */
export function SearchField({ label, value, onSearch }: { label: string; value?: string; onSearch: (words: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(value ?? '');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (words: string, delay: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch(words.trim()), delay);
  };
  return (
    <label className="filter-search" htmlFor={id}>
      <span>{label}</span>
      <input
        id={id}
        type="search"
        maxLength={200}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          search(event.target.value, 250);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') search(typed, 0);
        }}
      />
    </label>
  );
}

/** Which of a few views of a page is shown. */
export function Switch<Name extends string>({
  label,
  names,
  value,
  onChange,
}: {
  label: string;
  names: readonly (readonly [name: Name, words: string])[];
  value: Name;
  onChange: (name: Name) => void;
}) {
  return (
    <div className="switch switch-inline" role="group" aria-label={label}>
      {names.map(([name, words]) => (
        <button key={name} type="button" aria-pressed={value === name} onClick={() => onChange(name)}>
          {words}
        </button>
      ))}
    </div>
  );
}
