import { useState } from 'react';

import { useWords } from '../../i18n';
import { Link } from '../../router';
import { DocumentView } from '../../ui/DocumentView';
import { Dialog } from '../../ui/parts';
import type { Citation } from './state';

/** What an answer rests on; each opens in full, without leaving the conversation. */
export function Citations({ list }: { list: Citation[] }) {
  const { t, date } = useWords();
  const holds = ({ jurisdictions = [], reviewed }: Citation) => [
    ...jurisdictions.filter((place) => place !== 'all'),
    ...(reviewed ? [t('document.reviewed', { date: date(`${reviewed}T12:00:00Z`) })] : []),
  ];
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
              <span className="quiet">{holds(citation).map((fact) => ` · ${fact}`)}</span>
            </button>
          </li>
        ))}
      </ul>
      {open ? (
        <Dialog title={open.title ?? open.document} wide onClose={() => setOpen(undefined)}>
          <div className="dialog-body" tabIndex={0} role="region" aria-label={t('assistant.source')}>
            <DocumentView id={open.document} titled={false} />
          </div>
          <div className="dialog-actions">
            <Link to={`documents/${encodeURIComponent(open.document)}`} className="button" onClick={() => setOpen(undefined)}>
              {t('document.open')}
            </Link>
            <button type="button" className="button" onClick={() => setOpen(undefined)}>
              {t('close')}
            </button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
