/** The content a decision is about: what changes, what it does, what would stop it, what people would read. */
import type { Review } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { ChangeList, Diagnostics, Messages, Warnings } from '../../ui/Changes';
import { Section } from '../../ui/parts';
import { Plan } from '../../ui/Plan';
import { Sources } from '../../ui/Sources';

export function ReviewedDraft({ review }: { review: Review }) {
  const { t, language } = useWords();
  const draft = review.draft;
  if (!draft) return null;
  const { changes } = draft;
  return (
    <>
      {draft.running_version ? (
        <Section title={t('approvals.diff', { version: draft.running_version })} count={changes.length}>
          {changes.length > 0 ? <ChangeList changes={changes} /> : <p className="quiet">{t('approvals.same')}</p>}
        </Section>
      ) : review.status === 'pending' ? (
        <p className="quiet">{t('approvals.first')}</p>
      ) : null}
      <Plan title={t('draft.does')} reading={draft} changes={changes} before={draft.running} />
      <Section title={t('brakes.title')}>
        <ul className="brakes">
          {draft.brakes[language].map((brake) => (
            <li key={`${brake.pointer ?? ''}${brake.words}`}>{brake.words}</li>
          ))}
        </ul>
      </Section>
      {draft.overlaps.length > 0 ? (
        <Section title={t('approvals.overlaps')} count={draft.overlaps.length}>
          <ul className="findings">
            {draft.overlaps.map((overlap) => (
              <li key={overlap.workflow_id} className="finding finding-warning">
                <Link to={`workflows/${overlap.workflow_id}`}>{overlap.title}</Link>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      {draft.warnings.length > 0 ? (
        <Section title={t('draft.warnings')} count={draft.warnings.length}>
          <Warnings list={draft.warnings} />
        </Section>
      ) : null}
      {draft.diagnostics.length > 0 ? (
        <Section title={t('draft.findings')} count={draft.diagnostics.length}>
          <Diagnostics list={draft.diagnostics} readback={draft.readback[language]} />
        </Section>
      ) : null}
      {draft.messages.length > 0 ? (
        <Section title={t('messages.title')} count={draft.messages.length}>
          {draft.sample_person ? <p className="quiet small">{t('messages.sample', { name: draft.sample_person })}</p> : null}
          <Messages list={draft.messages} readback={draft.readback[language]} />
        </Section>
      ) : null}
      <Section title={t('sources.title')}>
        <Sources
          definition={draft.definition}
          provenance={draft.provenance}
          values={draft.values[language]}
          readback={draft.readback[language]}
          draft={draft.id}
        />
      </Section>
      <details className="more">
        <summary>{t('draft.document')}</summary>
        <pre tabIndex={0}>{JSON.stringify(draft.definition, null, 2)}</pre>
      </details>
    </>
  );
}
