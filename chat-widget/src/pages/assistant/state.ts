/** The shared state of a conversation, as the server sends it; read with care, shown as it is. */
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
}

export interface Declined {
  kind: string;
  reason: string;
  warnings?: Warning[];
  safe_alternative?: string | null;
}

export interface ChatState {
  draft?: { id: string; title?: string; revision: number; status?: string };
  changes: Change[];
  diagnostics: Diagnostic[];
  questions: Question[];
  citations: Citation[];
  declined?: Declined;
  submissionAsked: boolean;
}

export function readState(state: Record<string, unknown>): ChatState {
  const draft = state.draft as ChatState['draft'] | null | undefined;
  return {
    draft: draft?.id ? draft : undefined,
    changes: list<Change>(state.changes),
    diagnostics: list<Diagnostic>(state.diagnostics),
    questions: list<Question>(state.questions),
    citations: list<Citation>(state.citations),
    declined: (state.declined as Declined | null | undefined) ?? undefined,
    submissionAsked: state.submission_asked === true || state.submissionAsked === true,
  };
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
