import { useState } from 'react';

import { useRead } from '../../api/live';
import { useWords } from '../../i18n';
import { Dialog, Loading, Problem } from '../../ui/parts';
import { Prose } from '../../ui/Prose';
import type { Citation } from './state';

/** What an answer rests on; each opens in full. */
export function Citations({ list }: { list: Citation[] }) {
  const { t } = useWords();
  const [open, setOpen] = useState<Citation>();
  if (list.length === 0) return null;
  return (
    <div className="citations">
      <span className="quiet small" id="sources-of-answer">
        {t('assistant.sources')}
      </span>
      <ul aria-labelledby="sources-of-answer">
        {list.map((citation) => (
          <li key={citation.document + (citation.heading ?? '')}>
            <button type="button" className="chip" onClick={() => setOpen(citation)}>
              {citation.title ?? citation.document}
              {citation.heading ? <span className="quiet"> · {citation.heading}</span> : null}
            </button>
          </li>
        ))}
      </ul>
      {open ? <Document citation={open} onClose={() => setOpen(undefined)} /> : null}
    </div>
  );
}

interface Article {
  title?: string;
  text?: string;
  body?: string;
  content?: string;
  description?: string;
}

function Document({ citation, onClose }: { citation: Citation; onClose: () => void }) {
  const { t } = useWords();
  const read = useRead<Article>(`/v1/knowledge/documents/${encodeURIComponent(citation.document)}`, []);
  const text = read.data?.text ?? read.data?.body ?? read.data?.content ?? read.data?.description;
  return (
    <Dialog title={read.data?.title ?? citation.title ?? citation.document} onClose={onClose}>
      <div className="dialog-body" tabIndex={0} role="region" aria-label={t('assistant.sources')}>
        {read.loading && !read.data ? <Loading /> : null}
        {read.error?.code === 'not_found' ? <p>{t('assistant.template')}</p> : null}
        {read.error && read.error.code !== 'not_found' ? <Problem problem={read.error} /> : null}
        {text ? <Prose text={text} /> : null}
      </div>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {t('close')}
        </button>
      </div>
    </Dialog>
  );
}
