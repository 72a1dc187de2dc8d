/** Systems that send events: who is let in, with which secret, and who is not any more. */
import { useState } from 'react';

import { useAct } from '../api/act';
import { del, post } from '../api/client';
import { usePages } from '../api/pages';
import type { NewSender, Sender } from '../api/types';
import { useWords } from '../i18n';
import { ListPage, Rows } from '../ui/List';
import { Badge, Dialog, DialogActions, Empty, Problem } from '../ui/parts';
import { SecretDialog } from './senders/SecretDialog';
import { SenderForm } from './senders/SenderForm';

/** Which dialog is open. */
type Open = { what: 'new' } | { what: 'rotate' | 'end'; sender: Sender } | { what: 'secret'; made: NewSender };

export default function Senders() {
  const { t } = useWords();
  const pages = usePages<Sender>('/v1/events/senders', [], (sender) => sender.id);
  const [open, setOpen] = useState<Open>();
  const [said, setSaid] = useState('');
  const close = () => setOpen(undefined);
  const made = (sender: NewSender) => {
    setOpen({ what: 'secret', made: sender });
    pages.reload();
  };
  const ended = (words: string) => {
    setOpen(undefined);
    setSaid(words);
    pages.reload();
  };
  return (
    <ListPage title={t('nav.senders')} hint={t('senders.hint')}>
      <div className="actions">
        <button type="button" className="button button-main" onClick={() => setOpen({ what: 'new' })}>
          {t('senders.new')}
        </button>
      </div>
      <Rows
        pages={pages}
        label={t('nav.senders')}
        keyOf={(sender) => sender.id}
        empty={
          <Empty title={t('senders.none')}>
            <p className="quiet">{t('senders.none_hint')}</p>
          </Empty>
        }
        row={(sender) => <SenderRow sender={sender} onOpen={setOpen} />}
      />
      <p className="hidden" role="status">
        {said}
      </p>
      {open?.what === 'new' ? <SenderForm onClose={close} onMade={made} /> : null}
      {open?.what === 'secret' ? <SecretDialog made={open.made} onClose={close} /> : null}
      {open?.what === 'rotate' ? <Rotate sender={open.sender} onClose={close} onMade={made} /> : null}
      {open?.what === 'end' ? <End sender={open.sender} onClose={close} onEnded={ended} /> : null}
    </ListPage>
  );
}

function SenderRow({ sender, onOpen }: { sender: Sender; onOpen: (open: Open) => void }) {
  const { t, date, time } = useWords();
  const ended = sender.revoked_at;
  const until = sender.old_secret_until;
  return (
    <div className="user">
      <div>
        <p>
          <strong>{sender.name}</strong> {ended ? <Badge state="ended" /> : null}
        </p>
        <p className="small">
          {t('senders.speaks_for')} <code>{sender.source}</code>
        </p>
        <p className="quiet small">
          <code>{sender.id}</code> · {ended ? t('senders.ended_at', { date: date(ended) }) : t('senders.since', { date: date(sender.created_at) })}
        </p>
        {!ended && until && new Date(until) > new Date() ? <p className="quiet small">{t('senders.old_until', { date: time(until) })}</p> : null}
      </div>
      {ended ? null : (
        <div className="card-actions">
          <button type="button" className="button button-small" onClick={() => onOpen({ what: 'rotate', sender })}>
            {t('senders.rotate')} <span className="hidden">{sender.name}</span>
          </button>
          <button type="button" className="button button-small button-bad" onClick={() => onOpen({ what: 'end', sender })}>
            {t('senders.end')} <span className="hidden">{sender.name}</span>
          </button>
        </div>
      )}
    </div>
  );
}

function Rotate({ sender, onClose, onMade }: { sender: Sender; onClose: () => void; onMade: (made: NewSender) => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const [hours, setHours] = useState('24');
  const path = `/v1/events/senders/${sender.id}/secret?overlap_hours=${hours}`;
  const confirm = () => run('rotate', async () => onMade(await post<NewSender>(path)));
  return (
    <Dialog title={t('senders.rotate_title', { name: sender.name })} onClose={onClose}>
      <label>
        {t('senders.overlap')}
        <select value={hours} onChange={(event) => setHours(event.target.value)}>
          <option value="24">{t('senders.overlap_day')}</option>
          <option value="168">{t('senders.overlap_week')}</option>
          <option value="0">{t('senders.overlap_none')}</option>
        </select>
      </label>
      <p className="quiet">{t('senders.rotate_hint')}</p>
      {problem ? <Problem problem={problem} /> : null}
      <DialogActions label="senders.rotate" working={working !== undefined} onCancel={onClose} onConfirm={() => void confirm()} />
    </Dialog>
  );
}

function End({ sender, onClose, onEnded }: { sender: Sender; onClose: () => void; onEnded: (words: string) => void }) {
  const { t } = useWords();
  const { working, problem, run } = useAct();
  const confirm = () =>
    run('end', () => del(`/v1/events/senders/${sender.id}`)).then((ok) => {
      if (ok) onEnded(t('senders.ended', { name: sender.name }));
    });
  return (
    <Dialog title={t('senders.end_title', { name: sender.name })} onClose={onClose}>
      <p>{t('senders.end_text')}</p>
      {problem ? <Problem problem={problem} /> : null}
      <DialogActions label="senders.end" bad working={working !== undefined} onCancel={onClose} onConfirm={() => void confirm()} />
    </Dialog>
  );
}
