/** A knowledge article, or a template with what it does. */
import { Fragment, type ReactNode } from 'react';

import { useRead } from '../api/live';
import type { Document } from '../api/types';
import { useWords } from '../i18n';
import { Facts, Loading, Problem, Section } from './parts';
import { Plan } from './Plan';
import { Prose } from './Prose';

/** Departments and places of a document in words; what holds for all of them is not worth a word. */
export function usePlaces(): (document: { departments: string[]; jurisdictions: string[] }) => string[] {
  const { maybe } = useWords();
  return ({ departments, jurisdictions }) => [
    ...departments.filter((name) => name !== 'all').map((name) => maybe(`department.${name}`, name)),
    ...jurisdictions.filter((name) => name !== 'all'),
  ];
}

/** With `titled` false the title stands elsewhere already. */
export function DocumentView({ id, titled = true }: { id: string; titled?: boolean }) {
  const { t, date, maybe } = useWords();
  const read = useRead<Document>(`/v1/knowledge/documents/${encodeURIComponent(id)}`, []);
  const document = read.data;
  if (read.error) return <Problem problem={read.error} retry={read.reload} />;
  if (!document) return <Loading />;
  const inner = titled ? 2 : 3;
  return (
    <article className="document">
      {titled ? <h1>{document.kind === 'own' ? document.document.title : document.title}</h1> : null}
      {document.kind === 'article' ? (
        <>
          <p className="quiet small">
            {[t('document.article'), maybe(`category.${document.category}`, document.category), ...document.jurisdictions].join(' · ')} ·{' '}
            {t('document.reviewed', { date: date(`${document.reviewed}T12:00:00Z`) })}
          </p>
          <Prose text={document.body ?? ''} heading={inner} />
          {document.sources.length > 0 ? (
            <Section title={t('document.sources')} level={inner}>
              <ul className="plain-list">
                {document.sources.map((source) => (
                  <li key={source}>{source}</li>
                ))}
              </ul>
            </Section>
          ) : null}
        </>
      ) : document.kind === 'own' ? (
        <Own own={document} level={inner} />
      ) : (
        <>
          <p className="quiet small">
            {t('document.template')} · {document.id} · {maybe(`department.${document.department}`, document.department)}
          </p>
          <p>{document.description}</p>
          <Plan title={t('draft.does')} level={inner} reading={document} />
          {document.parameters.length > 0 ? (
            <Section title={t('document.parameters')} level={inner}>
              <Facts rows={document.parameters.map((parameter): [string, string] => [parameter.label, String(parameter.default)])} />
            </Section>
          ) : null}
        </>
      )}
    </article>
  );
}

/** One of the dealership's own: what is known of the file, and the text that was read from it. */
function Own({ own, level }: { own: Extract<Document, { kind: 'own' }>; level: 2 | 3 }) {
  const { t, date } = useWords();
  const places = usePlaces();
  const { document, passages } = own;
  const known = [t('document.own'), document.name, ...places(document)];
  if (document.reviewed) known.push(t('document.reviewed', { date: date(`${document.reviewed}T12:00:00Z`) }));
  return (
    <>
      <p className="quiet small">{known.join(' · ')}</p>
      {passages.map((passage, at) => (
        // passages have no id of their own, and this list does not change
        <Fragment key={at}>
          {passage.heading && passage.heading !== passages[at - 1]?.heading ? <Heading level={level}>{passage.heading}</Heading> : null}
          <Prose text={passage.text} />
        </Fragment>
      ))}
    </>
  );
}

function Heading({ level, children }: { level: 2 | 3; children: ReactNode }) {
  return level === 2 ? <h2>{children}</h2> : <h3>{children}</h3>;
}
