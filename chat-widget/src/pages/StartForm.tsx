/** A form made from a workflow's input schema; sending it starts the workflow. */
import { type FormEvent, useId, useState } from 'react';

import { post } from '../api/client';
import { type ApiProblem, asProblem } from '../api/problem';
import { useStores } from '../api/stores';
import type { WorkflowDetail } from '../api/types';
import { useWords } from '../i18n';
import { said } from '../i18n/said';
import { Link } from '../router';
import { Problem, Section } from '../ui/parts';

/** The part of JSON Schema that becomes fields. Whatever else a schema says, the server checks. */
interface Field {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  format?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  required?: string[];
  properties?: Record<string, Field>;
  items?: Field;
}

type Values = Record<string, unknown>;

const INPUT_TYPES: Record<string, string> = { date: 'date', 'date-time': 'datetime-local', email: 'email', time: 'time', uri: 'url' };

const typeOf = (field: Field) => (Array.isArray(field.type) ? field.type.find((type) => type !== 'null') : field.type);

/** `customer_id` → `Customer id`, where the schema gives no title. */
const labelOf = (name: string, field: Field) => {
  const plain = name.replaceAll('_', ' ').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return field.title ?? plain.charAt(0).toUpperCase() + plain.slice(1);
};

/** What the form begins with. */
export function initial(schema: Field): Values {
  const values: Values = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.default !== undefined) values[name] = field.default;
    else if (typeOf(field) === 'object') values[name] = initial(field);
    else if (typeOf(field) === 'boolean') values[name] = false;
  }
  return values;
}

/** What the fields hold, as the schema wants it: numbers as numbers, lists by line, nothing for what is empty. */
export function input(schema: Field, values: Values): Values {
  const given: Values = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const value = values[name];
    const type = typeOf(field);
    if (type === 'object') {
      const inner = input(field, (value as Values | undefined) ?? {});
      if (Object.keys(inner).length > 0 || schema.required?.includes(name)) given[name] = inner;
    } else if (type === 'array') {
      const lines = Array.isArray(value) ? value : String(value ?? '').split('\n');
      const items = lines.map((line) => String(line).trim()).filter(Boolean);
      const numeric = field.items && ['number', 'integer'].includes(typeOf(field.items) ?? '');
      if (items.length > 0 || schema.required?.includes(name)) given[name] = numeric ? items.map(Number) : items;
    } else if (value !== undefined && value !== '') {
      if (type === 'number' || type === 'integer') given[name] = Number(value);
      else if (field.format === 'date-time') given[name] = new Date(String(value)).toISOString();
      else given[name] = value;
    }
  }
  return given;
}

export function StartForm({ workflow }: { workflow: WorkflowDetail }) {
  const { t } = useWords();
  const definition = workflow.definition as { input?: { schema?: { document?: Field } }; document?: { metadata?: { stores?: string[] } } };
  const schema = definition.input?.schema?.document ?? {};
  const here = definition.document?.metadata?.stores ?? [];
  const stores = useStores().all.filter((store) => here.length === 0 || here.includes(store.id));
  const [store, setStore] = useState('');
  const [values, setValues] = useState(() => initial(schema));
  const [attempt, setAttempt] = useState(() => crypto.randomUUID());
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const [started, setStarted] = useState<string>();
  const storeId = useId();

  const send = async (event: FormEvent) => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    setStarted(undefined);
    try {
      // The key stays until an answer came: a second click, or a try after a lost answer, starts nothing more.
      const body = { store_id: store || stores[0]?.id, input: input(schema, values) };
      const answer = await post<{ execution_id: string }>(`/v1/workflows/${workflow.id}/start`, body, { 'idempotency-key': attempt });
      setStarted(answer.execution_id);
      setValues(initial(schema));
      setAttempt(crypto.randomUUID());
    } catch (error) {
      const known = asProblem(error);
      setProblem(known);
      if (known.status > 0) setAttempt(crypto.randomUUID());
    } finally {
      setWorking(false);
    }
  };

  return (
    <Section title={t('start.title')}>
      <form className="start-form" onSubmit={(event) => void send(event)} aria-busy={working}>
        {stores.length > 1 ? (
          <p className="field">
            <label htmlFor={storeId}>{t('start.store')}</label>
            <select id={storeId} value={store || stores[0]?.id} onChange={(event) => setStore(event.target.value)}>
              {stores.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </p>
        ) : null}
        <Fields schema={schema} values={values} onChange={setValues} pointer="/input" problem={problem} />
        {problem ? <Problem problem={problem} /> : null}
        <div role="status">
          {started ? (
            <p className="notice">
              {t('start.done')} <Link to={`executions/${started}`}>{t('start.see')}</Link>
            </p>
          ) : null}
        </div>
        <button type="submit" className="button button-main" disabled={working || stores.length === 0}>
          {t('start.send')}
        </button>
      </form>
    </Section>
  );
}

interface FieldsProps {
  schema: Field;
  values: Values;
  onChange(values: Values): void;
  pointer: string;
  problem?: ApiProblem;
}

function Fields({ schema, values, onChange, pointer, problem }: FieldsProps) {
  const { language } = useWords();
  return Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const change = (value: unknown) => onChange({ ...values, [name]: value });
    if (typeOf(field) === 'object') {
      return (
        <fieldset key={name}>
          <legend>{labelOf(name, field)}</legend>
          <Fields schema={field} values={(values[name] as Values | undefined) ?? {}} onChange={change} pointer={at} problem={problem} />
        </fieldset>
      );
    }
    const wrong = problem?.errors.filter((one) => one.pointer === at || one.pointer.startsWith(`${at}/`)).map((one) => said(one, language));
    return <OneField key={name} label={labelOf(name, field)} field={field} value={values[name]} onChange={change} required={schema.required?.includes(name) ?? false} wrong={wrong ?? []} />;
  });
}

interface OneFieldProps {
  label: string;
  field: Field;
  value: unknown;
  onChange(value: unknown): void;
  required: boolean;
  wrong: string[];
}

function OneField({ label, field, value, onChange, required, wrong }: OneFieldProps) {
  const { t } = useWords();
  const id = useId();
  const [hint, error] = [`${id}-hint`, `${id}-error`];
  const type = typeOf(field);
  const about = [field.description || type === 'array' ? hint : '', wrong.length > 0 ? error : ''].filter(Boolean).join(' ') || undefined;
  const common = { id, 'aria-describedby': about, 'aria-invalid': wrong.length > 0 || undefined };
  const text = value === undefined ? '' : String(value);
  const control = () => {
    if (field.enum) {
      return (
        <select {...common} required={required} value={text} onChange={(event) => onChange(field.enum?.find((one) => String(one) === event.target.value))}>
          <option value="">{t('start.choose')}</option>
          {field.enum.map((one) => (
            <option key={String(one)} value={String(one)}>
              {String(one).replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      );
    }
    if (type === 'boolean') {
      return <input {...common} type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} />;
    }
    if (type === 'array') {
      const lines = Array.isArray(value) ? value.join('\n') : text;
      return <textarea {...common} rows={3} required={required} value={lines} onChange={(event) => onChange(event.target.value)} />;
    }
    if (type === 'number' || type === 'integer') {
      return <input {...common} type="number" step={type === 'integer' ? 1 : 'any'} min={field.minimum} max={field.maximum} required={required} value={text} onChange={(event) => onChange(event.target.value)} />;
    }
    return <input {...common} type={INPUT_TYPES[field.format ?? ''] ?? 'text'} minLength={field.minLength} maxLength={field.maxLength} required={required} value={text} onChange={(event) => onChange(event.target.value)} />;
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {required ? '' : ` (${t('start.optional')})`}
      </label>
      {field.description || type === 'array' ? (
        <p id={hint} className="quiet small">
          {field.description} {type === 'array' ? t('start.one_a_line') : ''}
        </p>
      ) : null}
      {control()}
      {wrong.length > 0 ? (
        <p id={error} className="field-problem">
          {wrong.join(' ')}
        </p>
      ) : null}
    </div>
  );
}
