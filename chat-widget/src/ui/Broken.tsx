/** Keeps a fault of one page from taking the frame with it. */
import { Component, type ReactNode } from 'react';

import { useWords } from '../i18n';

export class Broken extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Notice /> : this.props.children;
  }
}

function Notice() {
  const { t } = useWords();
  return (
    <div className="page">
      <div className="notice notice-bad" role="alert">
        <p>
          <strong>{t('broken')}</strong>
        </p>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          {t('broken.reload')}
        </button>
      </div>
    </div>
  );
}
