/** A knowledge article, or a template with what it does. */
import { useRead } from '../api/live';
import type { Document } from '../api/types';
import { useWords } from '../i18n';
import { Facts, Loading, Problem, Section } from './parts';
import { Plan } from './Plan';
import { Prose } from './Prose';

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
      {titled ? <h1>{document.title}</h1> : null}
      {document.kind === 'article' ? (
        <>
          <p className="quiet small">
            {t('document.article')} · {maybe(`category.${document.category}`, document.category)} ·{' '}
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
