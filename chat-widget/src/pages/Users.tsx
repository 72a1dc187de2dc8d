/** The people of the dealership: who may sign in, what the software lets them do, who they are, where they work. */
import { useState } from 'react';

import { useAct } from '../api/act';
import { patch } from '../api/client';
import { useRead } from '../api/live';
import { usePages } from '../api/pages';
import { useStores } from '../api/stores';
import type { JobRole, User } from '../api/types';
import { useWords } from '../i18n';
import { ListPage, Rows } from '../ui/List';
import { Badge, Dialog, DialogActions, Empty, Problem } from '../ui/parts';
import { PasswordForm } from './users/PasswordForm';
import { givableRoles } from './users/roles';
import { UserForm } from './users/UserForm';

/** Which dialog is open. */
type Open = { what: 'new' } | { what: 'edit' | 'password' | 'deactivate'; user: User };

export default function Users({ user: me }: { user: User }) {
  const { t } = useWords();
  const pages = usePages<User>('/v1/users', ['user'], (user) => user.id);
  const roles = useRead<JobRole[]>('/v1/job-roles', []).data ?? [];
  const [open, setOpen] = useState<Open>();
  const [said, setSaid] = useState('');
  const done = (words: string) => {
    setOpen(undefined);
    setSaid(words);
    pages.reload();
  };
  const close = () => setOpen(undefined);
  return (
    <ListPage title={t('nav.users')} hint={t('users.hint')}>
      <div className="actions">
        <button type="button" className="button button-main" onClick={() => setOpen({ what: 'new' })}>
          {t('users.new')}
        </button>
      </div>
      <Rows
        pages={pages}
        label={t('nav.users')}
        keyOf={(user) => user.id}
        empty={<Empty title={t('users.none')} />}
        row={(user) => <UserRow user={user} me={me} roles={roles} onOpen={setOpen} done={done} />}
      />
      <p className="hidden" role="status">
        {said}
      </p>
      {open?.what === 'new' ? <UserForm me={me} roles={roles} onClose={close} onDone={done} /> : null}
      {open?.what === 'edit' ? <UserForm me={me} user={open.user} roles={roles} onClose={close} onDone={done} /> : null}
      {open?.what === 'password' ? <PasswordForm user={open.user} onClose={close} onDone={done} /> : null}
      {open?.what === 'deactivate' ? <Deactivate user={open.user} onClose={close} onDone={done} /> : null}
    </ListPage>
  );
}


function UserRow({
  user,
  me,
  roles,
  onOpen,
  done,
}: {
  user: User;
  me: User;
  roles: JobRole[];
  onOpen: (open: Open) => void;
  done: (words: string) => void;
}) {
  const { t, language } = useWords();
  const { nameOf } = useStores();
  const { working, problem, run } = useAct();
  const above = !givableRoles(me.role).includes(user.role);
  const own = user.id === me.id;
  const jobs = user.job_roles.map((id) => roles.find((role) => role.id === id)?.[language] ?? id.replaceAll('_', ' '));
  const activate = () =>
    run('activate', () => patch(`/v1/users/${user.id}`, { active: true })).then((ok) => {
      if (ok) done(t('users.activated', { name: user.name }));
    });
  return (
    <div className="user">
      <div>
        <p>
          <strong>{user.name}</strong> {own ? <span className="quiet">({t('users.you')})</span> : null}
          {user.active ? null : <Badge state="inactive" />}
        </p>
        <p className="quiet small">
          {user.email} · {t(`role.${user.role}`)}
        </p>
        <p className="small">
          {jobs.length > 0 ? jobs.join(', ') : <span className="quiet">{t('users.no_job')}</span>} ·{' '}
          {user.stores.length > 0 ? user.stores.map(nameOf).join(', ') : t('users.all_stores')}
        </p>
      </div>
      {problem ? <Problem problem={problem} /> : null}
      {above ? (
        <p className="quiet small user-above">{t('users.above')}</p>
      ) : (
        <div className="card-actions">
          <button type="button" className="button button-small" onClick={() => onOpen({ what: 'edit', user })}>
            {t('users.edit')}{' '}
            <span className="hidden">{user.name}</span>
          </button>
          <button type="button" className="button button-small" onClick={() => onOpen({ what: 'password', user })}>
            {t('users.password')}{' '}
            <span className="hidden">{user.name}</span>
          </button>
          {own ? null : user.active ? (
            <button type="button" className="button button-small button-bad" onClick={() => onOpen({ what: 'deactivate', user })}>
              {t('users.deactivate')}{' '}
              <span className="hidden">{user.name}</span>
            </button>
          ) : (
            <button type="button" className="button button-small" disabled={working !== undefined} onClick={() => void activate()}>
              {t(working ? 'working' : 'users.activate')}{' '}
              <span className="hidden">{user.name}</span>
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Deactivate({ user, onClose, onDone }: { user: User; onClose: () => void; onDone: (words: string) => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const confirm = () =>
    run('deactivate', () => patch(`/v1/users/${user.id}`, { active: false })).then((ok) => {
      if (ok) onDone(t('users.deactivated', { name: user.name }));
    });
  return (
    <Dialog title={t('users.deactivate_title', { name: user.name })} onClose={onClose}>
      <p>{t('users.deactivate_text')}</p>
      {problem ? <Problem problem={problem} /> : null}
      <DialogActions label="users.deactivate" bad working={working !== undefined} onCancel={onClose} onConfirm={() => void confirm()} />
    </Dialog>
  );
}
