import { useRead } from '../../api/live';
import type { Conversation, Page } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Menu } from '../../ui/Menu';
import { Loading, Problem, Time } from '../../ui/parts';

/** Earlier conversations, in a menu; read when it opens. */
export function History({ current }: { current?: string }) {
  const { t } = useWords();
  return (
    <Menu className="history" button={t('history.title')}>
      {(close) => <List current={current} close={close} />}
    </Menu>
  );
}

function List({ current, close }: { current?: string; close: () => void }) {
  const { t } = useWords();
  const read = useRead<Page<Conversation>>('/v1/conversations', []);
  if (read.error) return <Problem problem={read.error} retry={read.reload} />;
  if (!read.data) return <Loading />;
  if (read.data.items.length === 0) return <p className="quiet">{t('history.none')}</p>;
  return (
    <>
    <ul>
      {read.data.items.map((conversation) => (
        <li key={conversation.id}>
          <Link to={`assistant/${conversation.id}`} current={conversation.id === current} onClick={close}>
            <span>{conversation.title}</span>
            <span className="quiet small">
              <Time at={conversation.updated_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
    <Link to="drafts?show=conversations" className="history-all" onClick={close}>
      {t('history.all')}
    </Link>
    </>
  );
}
