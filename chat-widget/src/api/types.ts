/** Names for the shapes the page uses, out of the types generated from the OpenAPI document. */
export interface User {
  id: string;
  tenant_id: string;
  email: string;
  name: string;
  role: 'user' | 'manager' | 'dealership_admin' | 'super_admin';
  job_roles: string[];
  teams: string[];
  stores: string[];
  active: boolean;
  created_at: string;
  employee_id?: string | null;
}
export interface TokenResponse {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  user: User;
}
export interface Info {
  demo: boolean;
  offline_model: boolean;
  version: string;
}
export interface Page<T> {
  items: T[];
  next?: string;
}
export interface Step {
  pointer: string;
  name: string;
  kind: string;
  text: string;
  children?: Branch[];
}
export interface Branch {
  label: string;
  steps: Step[];
}
export interface Readback {
  title: string;
  summary: string;
  trigger: string;
  steps: Step[];
  stores?: string[] | string;
}
export interface Change {
  kind: 'added' | 'removed' | 'changed' | 'moved';
  pointer: string;
  task?: string | null;
  before?: unknown;
  after?: unknown;
  words: string;
}
export interface Diagnostic {
  code: string;
  severity: 'error' | 'warning' | 'info';
  pointer: string;
  message: string;
  hint: string;
}
export interface Slot {
  source: 'stated' | 'inferred' | 'default' | 'missing';
  quote?: string | null;
  note?: string | null;
}
export type Provenance = Record<string, Slot>;
export interface Warning {
  code: string;
  text: string;
}
export type DraftStatus = 'open' | 'submitted' | 'approved' | 'changes_requested' | 'rejected' | 'withdrawn';
export interface Draft {
  id: string;
  conversation_id?: string | null;
  workflow_id?: string | null;
  created_by: string;
  title: string;
  status: DraftStatus;
  revision: number;
  created_at: string;
  updated_at: string;
  digest: string;
  definition: unknown;
  provenance: Provenance;
  warnings: Warning[];
  diagnostics: Diagnostic[];
  missing: string[];
  readback: { en: Readback; es: Readback };
  changes: Change[];
  approval?: { id: string; status: RequestStatus; revision?: number | null } | null;
}
export type RequestStatus =
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'changes_requested'
  | 'withdrawn'
  | 'voided'
  | 'expired';
export interface ApprovalRequest {
  id: string;
  subject_kind: 'draft' | 'execution';
  subject_id: string;
  revision?: number | null;
  digest?: string | null;
  store_id?: string | null;
  title: string;
  details: Record<string, unknown>;
  approver: string;
  required: number;
  risk: string;
  status: RequestStatus;
  requested_by?: string | null;
  created_at: string;
  expires_at?: string | null;
  decided_at?: string | null;
}
export interface QueueEntry extends ApprovalRequest {
  may_decide: boolean;
  standing: string;
  approvals: number;
}
export interface Person {
  id: string;
  name?: string | null;
  job_roles: string[];
}
export interface SignedDecision {
  decided_by: string;
  name?: string | null;
  decision: 'approved' | 'rejected' | 'changes_requested';
  choice?: string | null;
  comment?: string | null;
  created_at: string;
}
export interface SampleMessage {
  pointer: string;
  task: string;
  action: string;
  to_customer: boolean;
  field: string;
  text: string;
  rendered: string;
}
export interface ReviewedDraft {
  id: string;
  definition: unknown;
  readback: { en: Readback; es: Readback };
  running_version?: number | null;
  changes: Change[];
  warnings: Warning[];
  diagnostics: Diagnostic[];
  provenance: Provenance;
  messages: SampleMessage[];
}
export interface Review extends ApprovalRequest {
  may_decide: boolean;
  standing: string;
  deciders: Person[];
  authors: Person[];
  decisions: SignedDecision[];
  draft?: ReviewedDraft | null;
}
export interface Workflow {
  id: string;
  draft_id: string;
  title: string;
  status: 'active' | 'paused' | 'retired';
  active_version: number;
  created_at: string;
  updated_at: string;
}
export interface WorkflowDetail extends Workflow {
  digest: string;
  definition: unknown;
  readback: { en: Readback; es: Readback };
  versions: {
    version: number;
    digest: string;
    revision: number;
    approval_id: string;
    approved_by: string[];
    activated_at: string;
    retired_at?: string | null;
  }[];
}
export interface Execution {
  id: string;
  workflow_id: string;
  version?: number;
  title: string;
  status: string;
  store_id?: string | null;
  started_at: string;
  finished_at?: string | null;
  wake_at?: string | null;
  progress?: string | null;
  error?: unknown;
}
export interface StoryStep {
  at: string;
  path?: string;
  task?: string | null;
  kind: string;
  words?: string;
  input?: unknown;
  outcome?: unknown;
}
export interface Story {
  execution: Execution;
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
  offset_ms?: number;
  [other: string]: unknown;
}
export interface Conversation {
  id: string;
  user_id: string;
  title: string;
  draft_id?: string | null;
  created_at: string;
  updated_at: string;
}
