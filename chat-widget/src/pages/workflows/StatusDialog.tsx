/** Pause, resume or retire: how many are running, and what becomes of them. */
import { useState } from 'react';

import type { WorkflowDetail } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog } from '../../ui/parts';

export type Act = 'pause' | 'resume' | 'retire';

export function StatusDialog({
  act,
  executions,
  working,
  onClose,
  onConfirm,
}: {
  act: Act;
  executions: WorkflowDetail['executions'];
  working: boolean;
  onClose: () => void;
  onConfirm: (executions: 'finish' | 'cancel') => void;
}) {
  const { t } = useWords();
  const [open, setOpen] = useState<'finish' | 'cancel'>('finish');
  const { held, late } = executions;
  const asks = act === 'retire' && executions.open > 0;
  return (
    <Dialog title={t(`workflows.${act}_title`)} onClose={onClose}>
      <p>{t(`workflows.${act}_text`)}</p>
      <p>
        <strong>{asks ? null : executions.open === 0 ? t('workflows.none_open') : t('workflows.some_open', { count: executions.open })}</strong>{' '}
        {executions.open > 0 && act === 'pause' ? t('workflows.pause_open') : null}
        {held > 0 && act !== 'pause' ? t('workflows.some_held', { count: held }) : null}
      </p>
      {late > 0 && act !== 'pause' && open === 'finish' ? (
        <p className="notice notice-warn">{t('workflows.some_late', { count: late })}</p>
      ) : null}
      {asks ? (
        <fieldset className="either">
          <legend>{t('running.title', { count: executions.open })}</legend>
          {(['finish', 'cancel'] as const).map((what) => (
            <label key={what}>
              <input type="radio" name="executions" checked={open === what} onChange={() => setOpen(what)} />
              {t(`running.${what}`)}
            </label>
          ))}
        </fieldset>
      ) : null}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {t('cancel')}
        </button>
        <button
          type="button"
          className={`button ${act === 'retire' ? 'button-bad' : 'button-main'}`}
          disabled={working}
          onClick={() => onConfirm(open)}
        >
          {t(`workflows.${act}`)}
        </button>
      </div>
    </Dialog>
  );
}
