/** Whether searches find everything that was added, and a way to write it into the index again. */
import { useEffect } from 'react';

import { useAct } from '../../api/act';
import { post } from '../../api/client';
import { useRead } from '../../api/live';
import type { IndexState } from '../../api/types';
import { useWords } from '../../i18n';
import { Problem } from '../../ui/parts';

/** How often an index that is behind is asked, in milliseconds. */
const AGAIN = 1_500;

/** `turn` changes when something was added or removed. */
export function IndexBar({ turn }: { turn: number }) {
  const { t } = useWords();
  const { data, reload } = useRead<IndexState>('/v1/knowledge/index', []);
  const { working, problem, run } = useAct(reload);
  useEffect(() => {
    if (turn > 0) reload();
  }, [turn, reload]);
  const behind = data?.standing === 'following' || data?.standing === 'opening';
  useEffect(() => {
    if (!behind) return;
    const timer = setInterval(reload, AGAIN);
    return () => clearInterval(timer);
  }, [behind, reload]);
  if (!data) return null;
  return (
    <div className="index-bar">
      <p className="small" role="status">
        {t(`knowledge.index_${data.standing}`)}{' '}
        <span className="quiet">
          {t('knowledge.index_holds', { documents: data.documents, passages: data.passages })}
          {data.model ? ` · ${data.model}` : ''}
        </span>
      </p>
      <button
        type="button"
        className="button button-small"
        disabled={working !== undefined || behind}
        onClick={() => void run('reindex', () => post('/v1/knowledge/index'))}
      >
        {t('knowledge.reindex')}
      </button>
      {problem ? <Problem problem={problem} /> : null}
    </div>
  );
}
