/** Differences, findings and messages: what a manager reads before deciding. */
import type { Change, Diagnostic, Readback, SampleMessage, Warning } from '../api/types';
import { type Language, useWords, type Words } from '../i18n';
import { placeAt, placesOf } from './marks';

const SIGNS: Record<Change['kind'], string> = { added: '+', removed: '−', changed: '~', moved: '↕' };

/** A change in the reader's words. */
export function changeInWords(change: Change, language: Language): string {
  return language === 'es' ? change.words_es : change.words;
}

/** The server's words say what kind of change it is; the sign repeats it for the eye. */
export function ChangeList({ changes }: { changes: Change[] }) {
  const { language } = useWords();
  return (
    <ul className="changes">
      {changes.map((change, at) => (
        <li key={`${change.pointer}${at}`} className={`change change-${change.kind}`}>
          <span className={`mark mark-${change.kind}`} aria-hidden="true">
            {SIGNS[change.kind]}
          </span>
          <span>{changeInWords(change, language)}</span>
        </li>
      ))}
    </ul>
  );
}

export function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const ORDER = { error: 0, warning: 1, info: 2 } as const;

export function Diagnostics({ list, readback }: { list: Diagnostic[]; readback: Readback }) {
  const { t, language } = useWords();
  const places = placesOf(readback.steps);
  const sorted = [...list].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  const stepOf = (pointer: string) => {
    const place = placeAt(pointer, places);
    return place ? <span className="quiet">{t('place.step', { number: place.number })}: </span> : null;
  };
  return (
    <ul className="findings">
      {sorted.map((found, at) => (
        <li key={`${found.code}${found.pointer}${at}`} className={`finding finding-${found.severity}`}>
          <span className="finding-severity">{t(`severity.${found.severity}`)}</span>
          <span>
            {stepOf(found.pointer)}
            {capital(language === 'es' ? found.message_es : found.message)}. <em>{language === 'es' ? found.hint_es : found.hint}</em>
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Warnings({ list }: { list: Warning[] }) {
  const { language } = useWords();
  return (
    <ul className="findings">
      {list.map((warning) => (
        <li key={warning.code + warning.text} className="finding finding-warning">
          <span>{warning[language] ?? warning.text}</span>
        </li>
      ))}
    </ul>
  );
}

/** The first letter in upper case. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `/do/1/textCustomer/with/body` → "Step 2 · message", by the numbers of the list of steps. */
export function placeInWords(pointer: string, readback: Readback | undefined, { t, maybe }: Words): string {
  const found = readback ? placeAt(pointer, placesOf(readback.steps)) : undefined;
  const head = found ? t('place.step', { number: found.number }) : pointer.startsWith('/schedule') ? t('draft.trigger') : undefined;
  if (!head) return place(pointer);
  const rest = pointer.slice(found ? found.within.length : '/schedule'.length).split('/').filter((part) => part !== '' && !/^\d+$/.test(part));
  const field = rest.at(-1);
  if (!field) return head;
  return `${head} · ${maybe(`field.${field}`, inPlainWords(field))}`;
}

/** `due_in`, `dueIn` → `due in`. */
export function inPlainWords(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();
}

/** `/do/1/textCustomer/with/body` → `textCustomer › body`. */
export function place(pointer: string): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const skipped = new Set(['do', 'with', 'fork', 'branches', 'try', 'catch', 'switch']);
  return parts.filter((part) => !/^\d+$/.test(part) && !skipped.has(part)).join(' › ');
}

export function Messages({ list, readback }: { list: SampleMessage[]; readback: Readback }) {
  const words = useWords();
  const { t, language } = words;
  return (
    <ul className="samples">
      {list.map((message) => (
        <li key={message.pointer} className="sample">
          <p className="small quiet">
            {message.to_customer ? t('messages.customer') : t('messages.staff')} · {placeInWords(message.pointer, readback, words)}
          </p>
          <p className="bubble">{language === 'es' ? message.rendered_es : message.rendered}</p>
        </li>
      ))}
    </ul>
  );
}
