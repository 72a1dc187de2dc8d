/** Handing a request to somebody else who may decide it. */
import { useState } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import type { Review } from '../../api/types';
import { useWords } from '../../i18n';
import { Dialog, Problem } from '../../ui/parts';

export function HandOn({ review, done }: { review: Review; done: () => void }) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const [to, setTo] = useState('');
  const { working, problem, run } = useAct<'hand'>(done);

  const hand = async () => {
    if (await run('hand', () => post(`/v1/approvals/${review.id}/delegate`, { to }))) {
      setAsking(false);
      setTo('');
    }
  };

  return (
    <>
      <button type="button" className="button" onClick={() => setAsking(true)}>
        {t('delegations.hand')}
      </button>
      {asking ? (
        <Dialog title={t('delegations.hand_title')} onClose={() => setAsking(false)}>
          <p>{t(review.may_decide ? 'delegations.hand_text' : 'delegations.give_text')}</p>
          {problem ? <Problem problem={problem} /> : null}
          <label>
            {t('delegations.to')}
            <select value={to} onChange={(event) => setTo(event.target.value)}>
              <option value="">{t('delegations.choose')}</option>
              {review.successors.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name ?? person.id}
                  {person.job_roles.length > 0 ? ` (${person.job_roles.join(', ').replaceAll('_', ' ')})` : ''}
                </option>
              ))}
            </select>
          </label>
          <div className="dialog-actions">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {t('cancel')}
            </button>
            <button type="button" className="button button-main" disabled={working !== undefined || to === ''} onClick={() => void hand()}>
              {t('delegations.hand')}
            </button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
