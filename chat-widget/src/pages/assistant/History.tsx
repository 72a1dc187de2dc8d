import { useEffect, useRef } from 'react';

import { useRead } from '../../api/live';
import type { Conversation, Page } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Loading, Time } from '../../ui/parts';

/** Earlier conversations, in a menu. */
export function History({ current, userId }: { current?: string; userId: string }) {
  const { t } = useWords();
  const menu = useRef<HTMLDetailsElement>(null);
  const read = useRead<Page<Conversation> | Conversation[]>('/v1/conversations', ['draft']);
  const all = Array.isArray(read.data) ? read.data : (read.data?.items ?? []);
  const mine = all.filter((conversation) => conversation.user_id === userId || conversation.user_id === undefined);
  const { reload } = read;
  useEffect(() => {
    if (current) reload();
  }, [current, reload]);
  return (
    <details className="history" ref={menu}>
      <summary className="button button-small">{t('history.title')}</summary>
      <div className="history-menu">
        {read.loading && !read.data ? <Loading /> : null}
        {!read.loading && mine.length === 0 ? <p className="quiet">{t('history.none')}</p> : null}
        <ul>
          {mine.map((conversation) => (
            <li key={conversation.id}>
              <Link
                to={`assistant/${conversation.id}`}
                current={conversation.id === current}
                onClick={() => menu.current?.removeAttribute('open')}
              >
                <span>{conversation.title}</span>
                <span className="quiet small">
                  <Time at={conversation.updated_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
