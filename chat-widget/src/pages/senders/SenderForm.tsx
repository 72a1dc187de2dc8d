/** A system to let in: what it is called, and what the events it sends begin with. */
import { type FormEvent, useState } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import type { NewSender } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog, DialogActions, FieldProblem, Problem } from '../../ui/parts';

export function SenderForm({ onClose, onMade }: { onClose: () => void; onMade: (made: NewSender) => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const [name, setName] = useState('');
  const [source, setSource] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run('save', async () => onMade(await post<NewSender>('/v1/events/senders', { name: name.trim(), source: source.trim() })));
  };
  return (
    <Dialog title={t('senders.new')} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {problem ? <Problem problem={problem} /> : null}
        <label>
          {t('senders.name')}
          <input required maxLength={100} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
          <FieldProblem problem={problem} pointer="/name" />
        </label>
        <label>
          {t('senders.source')}
          <input required maxLength={200} autoComplete="off" spellCheck={false} placeholder="/dealers/lakeside/dms" value={source} onChange={(event) => setSource(event.target.value)} />
          <span className="quiet small">{t('senders.source_hint')}</span>
          <FieldProblem problem={problem} pointer="/source" />
        </label>
        <DialogActions label="senders.let_in" working={working !== undefined} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
