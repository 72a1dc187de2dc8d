/** A new password for somebody: typed, or made up here. */
import { type FormEvent, useState } from 'react';

import { useAct } from '../../api/act';
import { patch } from '../../api/client';
import { type ApiProblem } from '../../api/problem';
import type { User } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog, DialogActions, FieldProblem, Problem } from '../../ui/parts';

export function PasswordForm({ user, onClose, onDone }: { user: User; onClose: () => void; onDone: (words: string) => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const [password, setPassword] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run('save', () => patch(`/v1/users/${user.id}`, { password })).then((ok) => {
      if (ok) onDone(t('users.password_set', { name: user.name }));
    });
  };
  return (
    <Dialog title={t('users.password_title', { name: user.name })} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {problem ? <Problem problem={problem} /> : null}
        <p className="quiet">{t('users.password_text')}</p>
        <NewPassword value={password} onChange={setPassword} problem={problem} />
        <DialogActions label="users.save" working={working !== undefined} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

/** Shown as typed: whoever sets it has to hand it over. */
export function NewPassword({ value, onChange, problem }: { value: string; onChange: (value: string) => void; problem?: ApiProblem }) {
  const { t } = useWords();
  return (
    <div className="new-password">
      <label>
        {t('users.new_password')}
        <input required minLength={12} maxLength={256} autoComplete="new-password" spellCheck={false} value={value} onChange={(event) => onChange(event.target.value)} />
        <FieldProblem problem={problem} pointer="/password" />
      </label>
      <button type="button" className="button" onClick={() => onChange(madeUp())}>
        {t('users.make_up')}
      </button>
    </div>
  );
}

/** Letters and digits that nobody takes for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** 20 letters of 55: 115 bits. */
export function madeUp(): string {
  const most = 256 - (256 % LETTERS.length);
  let word = '';
  while (word.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // Bytes beyond the last whole multiple would favour the first letters.
      if (byte < most && word.length < 20) word += LETTERS[byte % LETTERS.length];
    }
  }
  return word.replace(/(.{5})(?=.)/g, '$1-');
}
