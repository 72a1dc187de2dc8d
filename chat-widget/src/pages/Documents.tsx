/** What a citation names, on a page of its own. */
import { Link } from '../router';
import { useWords } from '../i18n';
import { DocumentView } from '../ui/DocumentView';

export default function Documents({ id }: { id?: string }) {
  const { t } = useWords();
  return (
    <div className="page">
      <p className="back">
        <Link to="assistant">← {t('nav.assistant')}</Link>
      </p>
      {id ? <DocumentView id={id} /> : null}
    </div>
  );
}
