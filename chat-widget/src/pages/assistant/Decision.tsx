/** What became of a submission, where the author works: who decided, in which words, and what comes next. */
import { useRead } from '../../api/live';
import type { Draft, Review } from '../../api/types';
import { useWords } from '../../i18n';
import { Link } from '../../router';

export function Decision({ draft }: { draft: Draft }) {
  const { t } = useWords();
  const sentBack = draft.status === 'changes_requested' || draft.status === 'rejected';
  const read = useRead<Review>(sentBack && draft.approval ? `/v1/approvals/${draft.approval.id}` : undefined, ['approval']);
  if (draft.status === 'submitted' && draft.approval) {
    return (
      <p className="notice">
        {t('draft.waits')} <Link to={`approvals/${draft.approval.id}`}>{t('draft.see_request')}</Link>
      </p>
    );
  }
  if (draft.status === 'approved' && draft.workflow_id) {
    return (
      <p className="notice notice-good">
        {t('draft.approved')} <Link to={`workflows/${draft.workflow_id}`}>{t('draft.see_workflow')}</Link>
      </p>
    );
  }
  if (!sentBack) return null;
  return (
    <div className="notice notice-warn">
      <p>{t(draft.status === 'rejected' ? 'draft.rejected' : 'draft.sent_back')}</p>
      {read.data?.decisions.map((decision) => (
        <blockquote key={decision.created_at}>
          {decision.comment} <span className="quiet">— {decision.name}</span>
        </blockquote>
      ))}
    </div>
  );
}
