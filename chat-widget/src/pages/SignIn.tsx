import { type FormEvent, useState } from 'react';

import { type ApiProblem, asProblem } from '../api/problem';
import { session } from '../api/session';
import type { Info } from '../api/types';
import { type Key, useWords } from '../i18n';
import { Problem } from '../ui/parts';
import { Preferences } from '../ui/Preferences';

/** The sample dealership's people; shown only when the server says that it is a demo. */
const PEOPLE: { first: string; role: Key }[] = [
  { first: 'sam', role: 'demo.sam' },
  { first: 'maria', role: 'demo.maria' },
  { first: 'grace', role: 'demo.grace' },
  { first: 'alex', role: 'demo.alex' },
];

export function SignIn({ info }: { info?: Info }) {
  const { t } = useWords();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();

  const enter = async (address: string, secret: string) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await session.signIn(address, secret);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter(email, password);
  };

  return (
    <div className="signin">
      <main className="signin-card">
        <p className="brand brand-large">
          <img src="/icon.svg" alt="" width="36" height="36" /> Auterity
        </p>
        <h1>{t('signin.title')}</h1>
        <p className="quiet">{t('signin.lead')}</p>
        {problem ? <Problem problem={problem} /> : null}
        <form onSubmit={submit}>
          <label>
            {t('signin.email')}
            <input
              type="email"
              name="email"
              autoComplete="username"
              required
              maxLength={254}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          </label>
          <label>
            {t('signin.password')}
            <input
              type="password"
              name="password"
              autoComplete="current-password"
              required
              maxLength={256}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          <button type="submit" className="button button-main" disabled={busy}>
            {busy ? t('signin.busy') : t('signin.enter')}
          </button>
        </form>
        {info?.demo ? (
          <section className="people" aria-labelledby="people">
            <h2 id="people">{t('signin.demo')}</h2>
            <p className="quiet small">{t('signin.demo_hint')}</p>
            <ul>
              {PEOPLE.map(({ first, role }) => (
                <li key={first}>
                  <button
                    type="button"
                    className="person"
                    disabled={busy}
                    onClick={() => {
                      setEmail(`${first}@lakeside.example`);
                      setPassword('demo');
                      void enter(`${first}@lakeside.example`, 'demo');
                    }}
                  >
                    <span className="avatar" aria-hidden="true">
                      {first[0]?.toUpperCase()}
                    </span>
                    <span>
                      <strong>{first[0]?.toUpperCase() + first.slice(1)}</strong>
                      <span className="quiet small">{t(role)}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <Preferences />
      </main>
    </div>
  );
}
