/** Refusals of forms in Spanish: in both languages where the server has both, by pattern where it has one. */
import { expect, test } from 'vitest';

import { hinted, said } from '../src/i18n/said';

test('what the server says in both languages is taken as it is', () => {
  const field = { pointer: '/do', message: 'is empty', hint: 'Add a step.', message_es: 'está vacío', hint_es: 'Agregue un paso.' };
  expect([said(field, 'en'), hinted(field, 'en')]).toEqual(['is empty', 'Add a step.']);
  expect([said(field, 'es'), hinted(field, 'es')]).toEqual(['está vacío', 'Agregue un paso.']);
});

test('short refusals are put into Spanish, with their numbers and names', () => {
  const spanish = (message: string) => said({ pointer: '/x', message }, 'es');
  expect(spanish('must have 1 to 100 characters, has 0')).toBe('debe tener de 1 a 100 caracteres, tiene 0');
  expect(spanish('another account has this address')).toBe('otra cuenta tiene esta dirección');
  expect(spanish('the dealership has no store `north`')).toBe('el concesionario no tiene la sucursal `north`');
  expect(spanish('"abc" is not of type "integer"')).toBe('"abc" no es del tipo "integer"');
  expect(spanish('"vin" is a required property')).toBe('falta "vin"');
  expect(spanish('something nobody foresaw')).toBe('something nobody foresaw');
  expect(said({ pointer: '/x', message: 'is missing' }, 'en')).toBe('is missing');
});
