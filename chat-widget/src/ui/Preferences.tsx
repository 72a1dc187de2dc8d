/** Language and light or dark. */
import { useEffect, useState } from 'react';

import { useWords } from '../i18n';

type Theme = 'auto' | 'light' | 'dark';
const STORED = 'auterity.theme';

function stored(): Theme {
  const found = localStorage.getItem(STORED);
  return found === 'light' || found === 'dark' ? found : 'auto';
}

/** Sets the theme on the document; called once before the first paint and at each change. */
export function applyTheme(theme: Theme = stored()): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function Preferences() {
  const { t, language, setLanguage } = useWords();
  const [theme, setTheme] = useState<Theme>(stored);
  useEffect(() => {
    localStorage.setItem(STORED, theme);
    applyTheme(theme);
  }, [theme]);
  return (
    <div className="preferences">
      <label>
        <span>{t('preferences.language')}</span>
        <select value={language} onChange={(event) => setLanguage(event.target.value === 'es' ? 'es' : 'en')}>
          <option value="en">English</option>
          <option value="es">Español</option>
        </select>
      </label>
      <label>
        <span>{t('preferences.theme')}</span>
        <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
          <option value="auto">{t('preferences.auto')}</option>
          <option value="light">{t('preferences.light')}</option>
          <option value="dark">{t('preferences.dark')}</option>
        </select>
      </label>
    </div>
  );
}
