/**
 * Names for the shapes the page uses. They come from `schema.d.ts`, generated from the OpenAPI document; only what the
 * document calls an open object (a definition, the sources of its values, a record's fields) is written out here.
 */
import type * as wire from './schema';

export type {
  ArticleEntry,
  Change,
  ClockResponse as EngineClock,
  Conversation,
  DecisionResponse as Decided,
  Diagnostic,
  Document,
  DraftEntry,
  DraftWarning as Warning,
  Edge as GraphEdge,
  ExecutionResponse as Execution,
  Graph,
  Hit,
  Hits,
  IndexState,
  Info,
  JobRole,
  KnowledgeDocument,
  Me,
  Message as SampleMessage,
  NewSenderResponse as NewSender,
  Node as GraphNode,
  OutboxEntry,
  Permission,
  Readback,
  Reading,
  SenderResponse as Sender,
  StatusResponse as StatusChange,
  ValueSource,
  Step,
  Store,
  Story,
  StoryStep,
  SystemRole,
  TokenResponse,
  Uploaded,
  User,
  Workflow,
} from './schema';

/** `T`, with some of its fields told more exactly. */
type Exactly<T, Fields> = Omit<T, keyof Fields> & Fields;

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface Slot {
  source: 'stated' | 'inferred' | 'default' | 'missing';
  quote?: string | null;
  note?: string | null;
  /** The document, template or rule it is the default of. */
  reference?: string | null;
  /** What the author is asked, when it is missing. */
  question?: string | null;
  /** The message of the author that holds the quote. */
  message?: string | null;
  /** The revision that brought the value. */
  since?: number | null;
}
export type Provenance = Record<string, Slot>;

type Content = { definition: unknown; provenance: Provenance };
type Details = { details: Record<string, unknown> };

export type Draft = Exactly<wire.DraftResponse, Content>;
export type ReviewedDraft = Exactly<wire.ReviewedDraft, Content>;
export type WorkflowDetail = Exactly<wire.WorkflowResponse, { definition: unknown }>;
export type QueueEntry = Exactly<wire.QueueEntry, Details>;
export type Review = Exactly<wire.Review, Details & { draft?: ReviewedDraft | null }>;
export type RecordView = Exactly<wire.RecordView, { data: Record<string, unknown> }>;
