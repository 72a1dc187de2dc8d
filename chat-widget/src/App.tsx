/** The frame around every page: who is signed in, where one is, what waits. */
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';

import { checked } from './api/problem';
import { EngineTime } from './api/clock';
import { followUpdates, forgetReads, useRead } from './api/live';
import { useMay } from './api/me';
import { forgetPages } from './api/pages';
import { session } from './api/session';
import type { Info, Page, QueueEntry, User } from './api/types';
import { type Key, useWords } from './i18n';
import { SignIn } from './pages/SignIn';
import { Link, useRoute } from './router';
import { Broken } from './ui/Broken';
import { DemoBar } from './ui/DemoBar';
import { Menu } from './ui/Menu';
import { Empty, Loading } from './ui/parts';
import { Preferences } from './ui/Preferences';

// Asked for at once, beside the frame: it is the page most people open first.
const assistant = import('./pages/Assistant');
const Assistant = lazy(() => assistant.then((module) => ({ default: module.Assistant })));
const Drafts = lazy(() => import('./pages/Drafts'));
const Approvals = lazy(() => import('./pages/Approvals'));
const Workflows = lazy(() => import('./pages/Workflows'));
const Executions = lazy(() => import('./pages/Executions'));
const Outbox = lazy(() => import('./pages/Outbox'));
const Records = lazy(() => import('./pages/Records'));
const Users = lazy(() => import('./pages/Users'));
const Senders = lazy(() => import('./pages/Senders'));
const Knowledge = lazy(() => import('./pages/Knowledge'));
const Documents = lazy(() => import('./pages/Documents'));

const PAGES = ['assistant', 'drafts', 'approvals', 'workflows', 'executions', 'outbox', 'records', 'knowledge', 'users', 'senders'] as const;
type PageName = (typeof PAGES)[number];
/** For administrators only. */
const GUARDED: readonly PageName[] = ['users', 'senders'];
/** On a phone these stand at the bottom; the others in a menu beside them. */
const FIRST: readonly PageName[] = ['assistant', 'drafts', 'approvals', 'executions'];

export function App() {
  const { t } = useWords();
  const [user, setUser] = useState<User | undefined>(session.user);
  const [ready, setReady] = useState(false);
  const [info, setInfo] = useState<Info>();

  useEffect(() => session.onChange(setUser), []);
  useEffect(() => {
    fetch('/v1/info')
      .then(checked)
      .then(async (response) => setInfo((await response.json()) as Info))
      .catch(() => undefined);
    void session.restore().finally(() => setReady(true));
  }, []);
  useEffect(() => {
    if (!user?.id) return;
    const abort = new AbortController();
    void followUpdates(abort.signal);
    return () => {
      abort.abort();
      forgetReads();
      forgetPages();
    };
  }, [user?.id]);

  if (!ready) {
    return (
      <main className="splash">
        <h1 className="hidden">Auterity</h1>
        <Loading />
      </main>
    );
  }
  if (!user) return <SignIn info={info} />;
  return (
    <>
      <a className="skip" href="#main" onClick={focusMain}>
        {t('skip')}
      </a>
      <EngineTime key={user.id}>
        <Shell user={user} info={info} />
      </EngineTime>
    </>
  );
}

function focusMain(event: { preventDefault(): void }) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Shell({ user, info }: { user: User; info?: Info }) {
  const { t } = useWords();
  const route = useRoute();
  const may = useMay();
  const pages = PAGES.filter((name) => !GUARDED.includes(name) || may('administer'));
  const page = PAGES.find((name) => name === route.page) ?? 'assistant';
  const reading = route.page === 'documents';
  const waiting = useRead<Page<QueueEntry>>('/v1/approvals?status=pending&mine=true', ['approval']);
  const mine = waiting.data?.items.filter((entry) => entry.may_decide).length ?? 0;
  const first = useRef(true);
  const rest = pages.filter((name) => !FIRST.includes(name));

  useEffect(() => {
    document.title = `${t(reading ? 'nav.documents' : `nav.${page}`)} · Auterity`;
    // After a change of page the keyboard starts at its top; not on the first load.
    if (first.current) first.current = false;
    else document.getElementById('main')?.focus({ preventScroll: true });
  }, [page, reading, t]);

  const entry = (name: PageName, close?: () => void) => (
    <Link key={name} to={name} current={name === page && !reading} className={close || FIRST.includes(name) ? undefined : 'nav-rest'} onClick={close}>
      <Icon name={name} />
      <span>{t(`nav.${name}` as Key)}</span>
      {name === 'approvals' && mine > 0 ? (
        <span className="bubble-count">
          {mine}
          <span className="hidden"> {t('nav.waiting')}</span>
        </span>
      ) : null}
    </Link>
  );

  return (
    <div className="shell">
      <header className="top">
        <Link to="assistant" className="brand">
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>Auterity</span>
        </Link>
        <nav className="nav" aria-label={t('nav.label')}>
          {pages.map((name) => entry(name))}
          <Menu
            className={`nav-more${rest.includes(page) ? ' nav-more-here' : ''}`}
            button={
              <>
                <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
                  <path d="M5 12h.01M12 12h.01M19 12h.01" />
                </svg>
                <span>{t('nav.more')}</span>
              </>
            }
          >
            {(close) => rest.map((name) => entry(name, close))}
          </Menu>
        </nav>
        <Menu
          className="account"
          label={t('account.open')}
          button={
            <>
              <span className="avatar" aria-hidden="true">
                {user.name[0]}
              </span>
              <span className="account-name">{user.name}</span>
            </>
          }
        >
          {() => (
            <>
              <p>
                <strong>{user.name}</strong>
                <br />
                <span className="quiet small">{user.email}</span>
              </p>
              <Preferences />
              <button type="button" className="button" onClick={() => void session.signOut()}>
                {t('account.leave')}
              </button>
              {info ? (
                <p className="quiet small">
                  {t('account.version', { version: info.version })} · <a href="/docs">{t('account.docs')}</a>
                </p>
              ) : null}
            </>
          )}
        </Menu>
      </header>
      {info?.demo ? <DemoBar store={user.stores[0]} /> : null}
      <main id="main" tabIndex={-1} className={`main main-${reading ? 'documents' : page}`}>
        <Broken key={route.page}>
          <Suspense fallback={<Loading />}>{reading ? <Documents id={route.id} /> : content()}</Suspense>
        </Broken>
      </main>
    </div>
  );

  function guarded(shown: ReactNode) {
    if (may('administer') === undefined) return <Loading />;
    return may('administer') ? shown : <Empty title={t('error.permission_missing')} />;
  }

  function content() {
    const { id, query } = route;
    switch (page) {
      case 'assistant':
        return <Assistant id={route.page === 'assistant' ? id : undefined} info={info} user={user} />;
      case 'drafts':
        return <Drafts id={id} user={user} />;
      case 'approvals':
        return <Approvals id={id} />;
      case 'workflows':
        return <Workflows id={id} query={query} />;
      case 'executions':
        return <Executions id={id} />;
      case 'outbox':
        return <Outbox />;
      case 'records':
        return <Records />;
      case 'knowledge':
        return <Knowledge />;
      case 'users':
        return guarded(<Users user={user} />);
      case 'senders':
        return guarded(<Senders />);
    }
  }
}

const PATHS: Record<PageName, string> = {
  assistant: 'M4 5h16v11H9l-5 4z',
  drafts: 'M6 3h9l4 4v14H6zM9 12h7M9 16h5',
  approvals: 'M5 12.5l4.5 4.5L19 7',
  workflows: 'M5 6h6v4H5zM13 14h6v4h-6zM8 10v6h5',
  executions: 'M7 5l11 7-11 7z',
  outbox: 'M4 6h16v12H4zM4 7l8 6 8-6',
  records: 'M5 6c0-1.7 3-3 7-3s7 1.3 7 3v12c0 1.7-3 3-7 3s-7-1.3-7-3zM5 6c0 1.7 3 3 7 3s7-1.3 7-3M5 12c0 1.7 3 3 7 3s7-1.3 7-3',
  knowledge: 'M4 5c3-1.5 6-1 8 1 2-2 5-2.5 8-1v13c-3-1.5-6-1-8 1-2-2-5-2.5-8-1zM12 6v13',
  senders: 'M4 12h11M11 7l5 5-5 5M20 4v16',
  users: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M17 11a3 3 0 1 0-2-5M18 15c2.5.5 4 2.5 4 6',
};

function Icon({ name }: { name: PageName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
