/** English and Spanish: two dictionaries with the same keys, and `Intl` for dates, times and numbers. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';

import en from './en.json';

export type Language = 'en' | 'es';
export type Key = keyof typeof en;
type Values = Record<string, string | number>;

type Dictionary = Record<Key, string>;

/** English comes with the page, Spanish when it is asked for. */
const DICTIONARIES: Partial<Record<Language, Dictionary>> = { en };

async function load(language: Language): Promise<void> {
  if (language === 'es') DICTIONARIES.es ??= (await import('./es.json')).default;
}

const STORED = 'auterity.language';

export interface Words {
  language: Language;
  setLanguage(language: Language): void;
  t(key: Key, values?: Values): string;
  /** For keys made from server data; the fallback shows when the dictionary has none. */
  maybe(key: string, fallback: string): string;
  /** With `zone`: in that zone, and it says so. */
  time(iso: string, zone?: string): string;
  date(iso: string): string;
  ago(iso: string, now?: number): string;
  /** A length of time in its two largest units: "3 hours 20 minutes". */
  duration(ms: number): string;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function inUnits(ms: number, language: Language): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first < 0) return inUnits(1_000, language);
  let rest = ms;
  const parts = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
  });
  return parts.filter(Boolean).join(' ');
}

const Context = createContext<Words | undefined>(undefined);

export function words(language: Language): Omit<Words, 'setLanguage'> {
  const dictionary = DICTIONARIES[language] ?? en;
  const fill = (text: string, values?: Values) =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values?.[name] ?? whole));
  const dateTime = (zone: string | undefined) =>
    new Intl.DateTimeFormat(language, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      ...(zone ? { timeZone: zone, timeZoneName: 'short' } : {}),
    });
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  return {
    language,
    t: (key, values) => fill(dictionary[key], values),
    maybe: (key, fallback) => (key in dictionary ? dictionary[key as Key] : fallback),
    time: (iso, zone) => dateTime(zone).format(new Date(iso)),
    date: (iso) => day.format(new Date(iso)),
    duration: (ms) => inUnits(ms, language),
    ago: (iso, now = Date.now()) => {
      const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
      const size = Math.abs(seconds);
      if (size < 45) return relative.format(0, 'second');
      if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
      if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
      return relative.format(Math.round(seconds / 86_400), 'day');
    },
  };
}

function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'es') return stored;
  return navigator.language.toLowerCase().startsWith('es') ? 'es' : 'en';
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, set] = useState<Language>('en');
  const [ready, setReady] = useState(false);
  useEffect(() => {
    const wanted = preferred();
    // Without its dictionary (the network broke) the page still speaks English.
    void load(wanted).then(
      () => set(wanted),
      () => undefined,
    ).finally(() => setReady(true));
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo<Words>(
    () => ({
      ...words(language),
      setLanguage: (next) => {
        localStorage.setItem(STORED, next);
        void load(next).then(() => set(next));
      },
    }),
    [language],
  );
  return ready ? <Context.Provider value={value}>{children}</Context.Provider> : null;
}

export function useWords(): Words {
  const found = useContext(Context);
  if (!found) throw new Error('no LanguageProvider above');
  return found;
}
