/**
 * What the server says about one field of a form. Findings about a definition come in both languages; short refusals of
 * forms come in English and are put into the page's language here. What is not known here stays as it came.
 */
import type { FieldProblem } from '../api/problem';
import type { Language } from './index';

/** What the server says → the same in Spanish; `$1` is the first part that varies. */
const SPANISH: [RegExp, string][] = [
  [/^must have (\d+) to (\d+) characters, has (\d+)$/, 'debe tener de $1 a $2 caracteres, tiene $3'],
  [/^must have (\d+) to (\d+) characters(?: of text)?$/, 'debe tener de $1 a $2 caracteres'],
  [/^must have at most (\d+) entries, has (\d+)$/, 'debe tener $1 elementos como máximo, tiene $2'],
  [/^must have at least one operation$/, 'debe tener al menos un cambio'],
  [/^must be plain text of at most (\d+) characters$/, 'debe ser texto simple de $1 caracteres como máximo'],
  [/^must not (?:contain|hold) control characters$/, 'no debe tener caracteres de control'],
  [/^must be at least (-?\d+) and at most (-?\d+), is (-?\d+)$/, 'debe ser de $1 a $2, es $3'],
  [/^must be at least (-?\d+), is (-?\d+)$/, 'debe ser $1 o más, es $2'],
  [/^must be between (\d+) and (\d+)$/, 'debe estar entre $1 y $2'],
  [/^must be one of: (.+)$/, 'debe ser uno de: $1'],
  [/^must be an object$/, 'debe ser un objeto'],
  [/^must be text$/, 'debe ser texto'],
  [/^must be somebody who may decide it and has not.*$/, 'debe ser alguien que pueda decidir y no lo haya hecho'],
  [/^is required unless you approve$/, 'es obligatorio, salvo que apruebe'],
  [/^is missing$/, 'falta'],
  [/^is not known yet$/, 'todavía no se conoce'],
  [/^is not an e-mail address$/, 'no es una dirección de correo'],
  [/^another account has this address$/, 'otra cuenta tiene esta dirección'],
  [/^the dealership has no store `(.+)`$/, 'el concesionario no tiene la sucursal `$1`'],
  [/^there is nothing to choose from$/, 'no hay nada que elegir'],
  [/^missing field `(.+?)`.*$/, 'falta `$1`'],
  [/^unknown field `(.+?)`.*$/, 'no existe el campo `$1`'],
  [/^invalid type: (.+), expected (.+)$/, 'el tipo no es correcto: $1'],
  // JSON Schema, of a form that a workflow brings
  [/^(.+) is not of types? (.+)$/, '$1 no es del tipo $2'],
  [/^(.+) is a required property$/, 'falta $1'],
  [/^(.+) is less than the minimum of (.+)$/, '$1 es menos que $2'],
  [/^(.+) is greater than the maximum of (.+)$/, '$1 es más que $2'],
  [/^(.+) is shorter than (\d+) characters?$/, '$1 tiene menos de $2 caracteres'],
  [/^(.+) is longer than (\d+) characters?$/, '$1 tiene más de $2 caracteres'],
  [/^(.+) has less than (\d+) items?$/, '$1 tiene menos de $2 elementos'],
  [/^(.+) has more than (\d+) items?$/, '$1 tiene más de $2 elementos'],
  [/^(.+) is not one of (.+)$/, '$1 no es uno de $2'],
  [/^(.+) does not match (.+)$/, '$1 no tiene la forma $2'],
  [/^(.+) is not a (.+)$/, '$1 no es un valor del tipo $2'],
];

function inSpanish(text: string): string {
  const found = SPANISH.find(([said]) => said.test(text));
  return found ? text.replace(found[0], found[1]) : text;
}

/** What is wrong with a field, in a language. */
export function said(field: FieldProblem, language: Language): string {
  return language === 'es' ? (field.message_es ?? inSpanish(field.message)) : field.message;
}

/** What to do about it. */
export function hinted(field: FieldProblem, language: Language): string {
  return (language === 'es' ? (field.hint_es ?? field.hint) : field.hint) ?? '';
}
