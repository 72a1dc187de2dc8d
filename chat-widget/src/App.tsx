/** The frame around every page: who is signed in, where one is, what waits. */
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { checked } from './api/client';
import { followUpdates, forgetReads, useRead } from './api/live';
import { session } from './api/session';
import type { Info, Page, QueueEntry, User } from './api/types';
import { type Key, useWords } from './i18n';
import { Assistant } from './pages/Assistant';
import { SignIn } from './pages/SignIn';
import { Link, useRoute } from './router';
import { Broken } from './ui/Broken';
import { DemoBar } from './ui/DemoBar';
import { Menu } from './ui/Menu';
import { Loading } from './ui/parts';
import { Preferences } from './ui/Preferences';

const Approvals = lazy(() => import('./pages/Approvals'));
const Workflows = lazy(() => import('./pages/Workflows'));
const Executions = lazy(() => import('./pages/Executions'));
const Outbox = lazy(() => import('./pages/Outbox'));

const PAGES = ['assistant', 'approvals', 'workflows', 'executions', 'outbox'] as const;

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
      <Shell key={user.id} user={user} info={info} />
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
  const page = PAGES.find((name) => name === route.page) ?? 'assistant';
  const waiting = useRead<Page<QueueEntry>>('/v1/approvals?status=pending&mine=true', ['approval']);
  const mine = waiting.data?.items.filter((entry) => entry.may_decide).length ?? 0;
  const first = useRef(true);

  useEffect(() => {
    document.title = `${t(`nav.${page}`)} · Auterity`;
    // After a change of page the keyboard starts at its top; not on the first load.
    if (first.current) first.current = false;
    else document.getElementById('main')?.focus({ preventScroll: true });
  }, [page, t]);

  return (
    <div className="shell">
      <header className="top">
        <Link to="assistant" className="brand">
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>Auterity</span>
        </Link>
        <nav className="nav" aria-label={t('nav.label')}>
          {PAGES.map((name) => (
            <Link key={name} to={name} current={name === page}>
              <Icon name={name} />
              <span>{t(`nav.${name}` as Key)}</span>
              {name === 'approvals' && mine > 0 ? (
                <span className="bubble-count">
                  {mine}
                  <span className="hidden"> {t('nav.waiting')}</span>
                </span>
              ) : null}
            </Link>
          ))}
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
      <main id="main" tabIndex={-1} className={`main main-${page}`}>
        <Broken key={page}>
        <Suspense fallback={<Loading />}>
          {page === 'assistant' ? <Assistant id={route.page === 'assistant' ? route.id : undefined} info={info} user={user} /> : null}
          {page === 'approvals' ? <Approvals id={route.id} /> : null}
          {page === 'workflows' ? <Workflows id={route.id} user={user} /> : null}
          {page === 'executions' ? <Executions id={route.id} user={user} /> : null}
          {page === 'outbox' ? <Outbox /> : null}
        </Suspense>
        </Broken>
      </main>
    </div>
  );
}

const PATHS: Record<(typeof PAGES)[number], string> = {
  assistant: 'M4 5h16v11H9l-5 4z',
  approvals: 'M5 12.5l4.5 4.5L19 7',
  workflows: 'M5 6h6v4H5zM13 14h6v4h-6zM8 10v6h5',
  executions: 'M7 5l11 7-11 7z',
  outbox: 'M4 6h16v12H4zM4 7l8 6 8-6',
};

function Icon({ name }: { name: (typeof PAGES)[number] }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
