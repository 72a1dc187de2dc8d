/** What a search found, how close it is, and what speaks for it. */
import { useRead } from '../../api/live';
import { withQuery } from '../../api/pages';
import type { Hit, Hits } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';
import { Empty, Loading, Problem } from '../../ui/parts';
import { Prose } from '../../ui/Prose';

export const WITHIN = ['knowledge', 'templates', 'workflows'] as const;

export function Found({ query }: { query: Record<string, string> }) {
  const { t } = useWords();
  const { q, within, department } = query;
  const read = useRead<Hits>(withQuery('/v1/knowledge/search', { q, within, department, limit: '10' }), []);
  if (read.error && !read.data) return <Problem problem={read.error} retry={read.reload} />;
  if (!read.data) return <Loading />;
  const { hits } = read.data;
  return (
    <>
      <p className="quiet small" role="status">
        {t(hits.length === 0 ? 'knowledge.found_none' : hits.some((hit) => hit.close) ? 'knowledge.found' : 'knowledge.found_far', { count: hits.length })}
      </p>
      {hits.length === 0 ? (
        <Empty title={t('list.no_match')}>
          <p className="quiet">{t('list.no_match_hint')}</p>
        </Empty>
      ) : (
        <ol className="cards" aria-label={t('knowledge.results')}>
          {hits.map((hit) => (
            <li key={hit.document + hit.heading + hit.text} className="card card-flat">
              <Result hit={hit} within={within} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Result({ hit, within }: { hit: Hit; within?: string }) {
  const { t, date } = useWords();
  const to = within === 'workflows' ? `workflows/${hit.document}` : `documents/${encodeURIComponent(hit.document)}`;
  const where = hit.jurisdictions.filter((place) => place !== 'all');
  const known = [t(hit.own ? 'knowledge.of_us' : 'knowledge.of_product'), ...where];
  if (hit.reviewed) known.push(t('document.reviewed', { date: date(`${hit.reviewed}T12:00:00Z`) }));
  return (
    <>
      <p>
        <Link to={to}>
          <strong>{hit.title}</strong>
        </Link>
        {hit.heading && hit.heading !== hit.title ? <span className="quiet"> · {hit.heading}</span> : null}
      </p>
      <p className="quiet small">{known.join(' · ')}</p>
      <Prose text={hit.text} />
      <p className="quiet small">
        {t(hit.close ? 'knowledge.close' : 'knowledge.far')} · {t('knowledge.score', { score: rounded(hit.score) })} · <WhyFound hit={hit} />
      </p>
    </>
  );
}

/** Which words of the question stand in it, and where it stood by words and by meaning. */
function WhyFound({ hit: { why } }: { hit: Hit }) {
  const { t } = useWords();
  const reasons: string[] = [];
  if (why.words.length > 0) reasons.push(t('knowledge.why_words', { count: why.words.length, asked: why.asked, words: why.words.join(', ') }));
  if (why.by_words) reasons.push(t('knowledge.why_by_words', { rank: why.by_words.rank, score: rounded(why.by_words.score) }));
  if (why.by_meaning) reasons.push(t('knowledge.why_by_meaning', { rank: why.by_meaning.rank, score: rounded(why.by_meaning.score) }));
  return <span>{reasons.join(' · ')}</span>;
}

function rounded(score: number): string {
  return score >= 1 ? score.toFixed(1) : score.toFixed(3);
}
