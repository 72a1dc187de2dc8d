import { expect, test } from 'vitest';

import en from '../src/i18n/en.json';
import es from '../src/i18n/es.json';
import { words } from '../src/i18n';

test('both languages have the same keys and the same places to fill', () => {
  expect(Object.keys(es)).toEqual(Object.keys(en));
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(en)) expect(places(es[key as keyof typeof es]), key).toEqual(places(text));
});

test('nothing is left untranslated by accident', () => {
  const same = Object.entries(en).filter(([key, text]) => es[key as keyof typeof es] === text && /[a-z]{4}/.test(text));
  expect(same.map(([key]) => key)).toEqual(['severity.error']);
});

test('places are filled, times are relative', () => {
  const { t, ago, maybe } = words('en');
  expect(t('draft.revision', { revision: 4 })).toBe('Revision 4');
  const now = Date.parse('2026-03-10T15:00:00Z');
  expect(ago('2026-03-10T14:50:00Z', now)).toBe('10 minutes ago');
  expect(ago('2026-03-12T15:00:00Z', now)).toBe('in 2 days');
  const { time } = words('en');
  expect(time('2026-11-21T13:00:00Z', 'America/Chicago')).toMatch(/^Nov 21, 2026, 7:00\sAM CST$/);
  expect(maybe('state.active', 'x')).toBe('active');
  expect(maybe('state.unheard_of', 'unheard of')).toBe('unheard of');
});
