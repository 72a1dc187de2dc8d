/** Where the values of a draft come from. */
import { useState } from 'react';

import { useRead } from '../api/live';
import type { Provenance, Readback, ValueSource } from '../api/types';
import { useWords } from '../i18n';
import { capital, placeInWords, show } from './Changes';
import { Loading, Problem } from './parts';

/** Every value with where it comes from: the author's words, a rule, or nothing yet. */
export function Sources({
  definition,
  provenance,
  values,
  readback,
  draft,
}: {
  definition: unknown;
  provenance: Provenance;
  /** The values in words, by pointer. */
  values: Record<string, string>;
  readback?: Readback;
  /** The draft, where the past of a value can be asked for. */
  draft?: string;
}) {
  const words = useWords();
  const { t, maybe } = words;
  const rows = Object.entries(provenance);
  if (rows.length === 0) return <p className="quiet">{t('sources.none')}</p>;
  return (
    <div className="table-scroll" role="region" aria-label={t('sources.title')} tabIndex={0}>
      <table className="table table-sources">
        <thead>
          <tr>
            <th scope="col">{t('sources.value')}</th>
            <th scope="col">{t('sources.source')}</th>
            <th scope="col">{t('sources.words')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([pointer, slot]) => {
            const raw = at(definition, pointer);
            const place = placeInWords(pointer, readback, words);
            const said = values[pointer];
            return (
              <tr key={pointer}>
                <td>
                  <span className="quiet small">{place}</span>
                  <span className="value">{capital(said ?? (raw === undefined ? '—' : show(raw)))}</span>
                  {said !== undefined && isCode(raw) ? (
                    <details className="more">
                      <summary>
                        {t('sources.raw')}
                        <span className="hidden">: {place}</span>
                      </summary>
                      <code>{show(raw)}</code>
                    </details>
                  ) : null}
                </td>
                <td>
                  <span className={`source source-${slot.source}`}>{t(`source.${slot.source}`)}</span>
                </td>
                <td>
                  {slot.quote ? <q>{slot.quote}</q> : null} {slot.note ? maybe(`note.${slot.note}`, slot.note) : null}{' '}
                  {slot.source === 'missing' ? <strong>{slot.question}</strong> : null}
                  {slot.reference ? <cite className="quiet small">{slot.reference}</cite> : null}
                  {draft ? <Past draft={draft} pointer={pointer} of={place} /> : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** An expression, or something made of them: what its words stand for can be looked at. */
function isCode(raw: unknown): boolean {
  return raw !== undefined && show(raw).includes('${');
}

/** How a value came to be: asked for when somebody wants to know. */
function Past({ draft, pointer, of }: { draft: string; pointer: string; of: string }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t('sources.past')}
        <span className="hidden">: {of}</span>
      </summary>
      {open ? <Steps path={`/v1/drafts/${draft}/source?${new URLSearchParams({ pointer })}`} /> : null}
    </details>
  );
}

function Steps({ path }: { path: string }) {
  const { t, language, time } = useWords();
  const read = useRead<ValueSource>(path, ['draft']);
  if (read.error) return <Problem problem={read.error} retry={read.reload} />;
  if (!read.data) return <Loading />;
  return (
    <>
      {read.data.reference_title ? <p className="small">{t('sources.says', { title: read.data.reference_title })}</p> : null}
      <ol className="past">
        {read.data.history.map((step) => (
          <li key={step.revision}>
            <span className="value">{capital((language === 'es' ? step.words_es : step.words) ?? show(step.value ?? '—'))}</span>{' '}
            <span className="quiet small">
              {t(`sources.by_${step.origin}`, { name: step.author ?? t('sources.nobody'), revision: step.revision, time: time(step.at) })}
            </span>{' '}
            {step.quote ? <q>{step.quote}</q> : null}
          </li>
        ))}
      </ol>
    </>
  );
}

function at(definition: unknown, pointer: string): unknown {
  let value: unknown = definition;
  for (const part of pointer.split('/').slice(1)) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}

