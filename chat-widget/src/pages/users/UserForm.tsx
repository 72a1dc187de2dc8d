/** A new account, or changes to one. */
import { type FormEvent, useState } from 'react';

import { useAct } from '../../api/act';
import { patch, post } from '../../api/client';
import { useStores } from '../../api/stores';
import type { JobRole, User } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog, DialogActions, FieldProblem, Problem } from '../../ui/parts';
import { givableRoles } from './roles';
import { NewPassword } from './PasswordForm';

export function UserForm({
  me,
  user,
  roles,
  onClose,
  onDone,
}: {
  me: User;
  user?: User;
  roles: JobRole[];
  onClose: () => void;
  onDone: (words: string) => void;
}) {
  const { t, language } = useWords();
  const { all: stores } = useStores();
  const { working, problem, run } = useAct();
  const [name, setName] = useState(user?.name ?? '');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<User['role']>(user?.role ?? 'user');
  const [jobs, setJobs] = useState<string[]>(user?.job_roles ?? []);
  const [places, setPlaces] = useState<string[]>(user?.stores ?? []);
  const own = user?.id === me.id;

  const save = () => {
    const shared = { name: name.trim(), job_roles: jobs, stores: places, ...(own ? {} : { role }) };
    return user
      ? patch(`/v1/users/${user.id}`, shared)
      : post('/v1/users', { ...shared, role, email: email.trim(), password });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run('save', save).then((ok) => {
      if (ok) onDone(t(user ? 'users.saved' : 'users.made', { name: name.trim() }));
    });
  };

  return (
    <Dialog title={user ? t('users.edit_title', { name: user.name }) : t('users.new')} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {problem ? <Problem problem={problem} /> : null}
        <div className="dialog-body form">
          <label>
            {t('users.name')}
            <input required maxLength={120} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
            <FieldProblem problem={problem} pointer="/name" />
          </label>
          {user ? null : (
            <>
              <label>
                {t('signin.email')}
                <input type="email" required maxLength={254} autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} />
                <FieldProblem problem={problem} pointer="/email" />
              </label>
              <NewPassword value={password} onChange={setPassword} problem={problem} />
            </>
          )}
          <label>
            {t('users.role')}
            <select value={role} disabled={own} onChange={(event) => setRole(event.target.value as User['role'])}>
              {givableRoles(me.role).map((name) => (
                <option key={name} value={name}>
                  {t(`role.${name}`)}
                </option>
              ))}
            </select>
            <span className="quiet small">{t(own ? 'users.own_role' : `role.${role}_may`)}</span>
          </label>
          <Ticks
            legend={t('users.jobs')}
            options={roles.map((job) => [job.id, job[language]] as const)}
            chosen={jobs}
            onChange={setJobs}
          />
          <Ticks
            legend={t('users.stores')}
            hint={t('users.stores_hint')}
            options={stores.map((store) => [store.id, store.name] as const)}
            chosen={places}
            onChange={setPlaces}
          />
        </div>
        <DialogActions label="users.save" working={working !== undefined} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function Ticks({
  legend,
  hint,
  options,
  chosen,
  onChange,
}: {
  legend: string;
  hint?: string;
  options: readonly (readonly [id: string, name: string])[];
  chosen: string[];
  onChange: (chosen: string[]) => void;
}) {
  return (
    <fieldset className="ticks">
      <legend>{legend}</legend>
      {hint ? <p className="quiet small">{hint}</p> : null}
      <div>
        {options.map(([id, name]) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
            />
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
