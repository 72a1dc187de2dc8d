/**
 * Names for the shapes the page uses. They come from `schema.d.ts`, generated from the OpenAPI document; only what the
 * document calls an open object (a readback, the sources of values) is written out here.
 */
import type { components } from './schema';

type Schemas = components['schemas'];
/** `T`, with some of its fields told more exactly. */
type Exactly<T, Fields> = Omit<T, keyof Fields> & Fields;

export type User = Schemas['User'];
export type TokenResponse = Schemas['TokenResponse'];
export type Info = Schemas['Info'];
export type Change = Schemas['Change'];
export type Diagnostic = Schemas['Diagnostic'];
export type Warning = Schemas['DraftWarning'];
export type SampleMessage = Schemas['Message'];
export type Decided = Schemas['DecisionResponse'];
export type Workflow = Schemas['Workflow'];

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Step {
  pointer: string;
  /** `3`, `3.1`. */
  number: string;
  name: string;
  kind: string;
  text: string;
  /** Pointers of tasks inside it that this line speaks for as well. */
  covers?: string[];
  children: Branch[];
}
export interface Branch {
  label: string;
  steps: Step[];
}
export interface Readback {
  title: string;
  summary?: string | null;
  trigger: string;
  steps: Step[];
  /** Slugs of the stores it is limited to; empty means all. */
  stores: string[];
}
interface Reading {
  readback: { en: Readback; es: Readback };
}

export interface Slot {
  source: 'stated' | 'inferred' | 'default' | 'missing';
  quote?: string | null;
  note?: string | null;
}
export type Provenance = Record<string, Slot>;

export type Draft = Exactly<Schemas['DraftResponse'], { definition: unknown; provenance: Provenance }> & Reading;
export type ReviewedDraft = Exactly<Schemas['ReviewedDraft'], { definition: unknown; provenance: Provenance }> & Reading;
export type WorkflowDetail = Exactly<Schemas['WorkflowResponse'], { definition: unknown }> & Reading;

type Details = { details: Record<string, unknown> };
export type QueueEntry = Exactly<Schemas['QueueEntry'], Details>;
export type Review = Exactly<Schemas['Review'], Details & { draft?: ReviewedDraft | null }>;

export interface Execution {
  id: string;
  workflow_id: string;
  version: number;
  title: string;
  status: ExecutionStatus;
  store_id: string;
  started_at: string;
  finished_at?: string | null;
  wakes_at?: string | null;
  error?: unknown;
}
export type ExecutionStatus = 'ready' | 'running' | 'waiting' | 'completed' | 'faulted' | 'cancelled' | 'parked';
export interface StoryStep {
  at: string;
  path: string;
  task: string;
  kind: string;
  words: string;
  state: 'done' | 'waiting' | 'failed';
  input?: unknown;
  outcome?: unknown;
}
export interface Story {
  id: string;
  title: string;
  status: ExecutionStatus;
  started_at: string;
  finished_at?: string | null;
  steps: StoryStep[];
}
export interface OutboxEntry {
  id: string;
  channel: string;
  recipient: string;
  customer_id?: string | null;
  subject?: string | null;
  body: string;
  purpose?: string | null;
  status: string;
  reason?: string | null;
  execution_id?: string | null;
  created_at: string;
}
export interface EngineClock {
  now: string;
  ahead_s: number;
  movable: boolean;
}
export interface Conversation {
  id: string;
  user_id: string;
  title: string;
  draft_id?: string | null;
  created_at: string;
  updated_at: string;
}
