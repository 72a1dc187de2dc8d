/** The shared state of a conversation, as the server sends it; read with care, shown as it is. */
import type { Message } from '../../agui/reducer';
import type { Change, Diagnostic, Warning } from '../../api/types';

export interface Question {
  code: string;
  text: string;
  choices?: string[];
}

export interface Citation {
  document: string;
  title?: string;
  heading?: string;
  /** Where it holds, and when a person last checked it. */
  jurisdictions?: string[];
  reviewed?: string;
  /** It says something about what was asked. */
  close?: boolean;
}

export interface Declined {
  kind: string;
  reason: string;
  warnings?: Warning[];
  safe_alternative?: string | null;
}

export interface ChatState {
  draft?: {
    id: string;
    title?: string;
    revision: number;
    status?: string;
    /** What a step back and a step forward would bring back. */
    undo_revision?: number | null;
    redo_revision?: number | null;
  };
  /** What this turn changed, in words. */
  changes: Change[];
  diagnostics: Diagnostic[];
  questions: Question[];
  citations: Citation[];
  /** The author said that the draft is ready: ask them to confirm. */
  submissionAsked: boolean;
}

export function readState(state: Record<string, unknown>): ChatState {
  const draft = (state.draft ?? undefined) as (ChatState['draft'] & Record<string, unknown>) | undefined;
  return {
    draft: draft?.id ? draft : undefined,
    changes: list<Change>(draft?.changes),
    diagnostics: list<Diagnostic>(draft?.diagnostics),
    questions: list<Question>(state.questions),
    citations: list<Citation>(draft?.citations),
    submissionAsked: state.submission === 'confirm',
  };
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

/** The messages after the user's last one. */
function lastTurn(messages: Message[]): Message[] {
  return messages.slice(messages.findLastIndex((message) => message.role === 'user') + 1);
}

/** What the last turn declined, and why. */
export function declinedIn(messages: Message[]): Declined | undefined {
  const calls = lastTurn(messages).flatMap((message) => message.toolCalls);
  const call = calls.findLast((one) => one.name === 'decline' && one.result !== undefined);
  const declined = call && (parsed(call.args) as Declined | undefined);
  return declined?.reason ? declined : undefined;
}

/** What the last turn rests on: what its draft cites, or else the best of what it read. */
export function citationsIn(messages: Message[], cited: Citation[]): Citation[] {
  const calls = lastTurn(messages).flatMap((message) => message.toolCalls);
  if (calls.some((call) => call.name === 'write_workflow' || call.name === 'edit_workflow')) return cited;
  const reads = calls.filter((call) => call.name === 'search_knowledge' || call.name === 'search_templates');
  const hits = reads.flatMap((call) => list<Citation>((parsed(call.result) as { hits?: unknown } | undefined)?.hits));
  const close = hits.filter((hit) => hit.close !== false);
  const first = close.filter((hit, at) => close.findIndex((one) => one.document === hit.document) === at);
  return first.slice(0, 3);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
