/**
 * Names for the shapes the page uses. They come from `schema.d.ts`, generated from the OpenAPI document; only what the
 * document calls an open object (the sources of values) is written out here.
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

export type Step = Schemas['Step'];
export type Readback = Schemas['Readback'];

export interface Slot {
  source: 'stated' | 'inferred' | 'default' | 'missing';
  quote?: string | null;
  note?: string | null;
}
export type Provenance = Record<string, Slot>;

export type Draft = Exactly<Schemas['DraftResponse'], { definition: unknown; provenance: Provenance }>;
export type ReviewedDraft = Exactly<Schemas['ReviewedDraft'], { definition: unknown; provenance: Provenance }>;
export type WorkflowDetail = Exactly<Schemas['WorkflowResponse'], { definition: unknown }>;

type Details = { details: Record<string, unknown> };
export type QueueEntry = Exactly<Schemas['QueueEntry'], Details>;
export type Review = Exactly<Schemas['Review'], Details & { draft?: ReviewedDraft | null }>;

export type Execution = Schemas['ExecutionResponse'];
export type Story = Schemas['Story'];
export type StoryStep = Schemas['StoryStep'];
export type EngineClock = Schemas['ClockResponse'];
export type Conversation = Schemas['Conversation'];
export type Store = Schemas['Store'];
export type OutboxEntry = Schemas['OutboxEntry'];
