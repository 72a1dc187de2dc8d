/** A secret, the only time it is shown. Escape does not close it: what is gone cannot be read again. */
import { useState } from 'react';

import type { NewSender } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog } from '../../ui/parts';

export function SecretDialog({ made, onClose }: { made: NewSender; onClose: () => void }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(made.secret).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <Dialog title={t('senders.secret_title', { name: made.sender.name })} onClose={() => undefined}>
      <p>{t('senders.secret_text')}</p>
      <dl className="secret">
        <dt>auterity-sender</dt>
        <dd>
          <code>{made.sender.id}</code>
        </dd>
        <dt>{t('senders.secret')}</dt>
        <dd>
          <code>{made.secret}</code>
        </dd>
      </dl>
      <p className="hidden" role="status">
        {copied ? t('senders.copied') : ''}
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => void copy()}>
          {t(copied ? 'senders.copied' : 'senders.copy')}
        </button>
        <button type="button" className="button button-main" onClick={onClose}>
          {t('senders.kept')}
        </button>
      </div>
    </Dialog>
  );
}
