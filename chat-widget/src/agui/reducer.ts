/**
 * AG-UI 1.0 events → what the page shows. A pure function; unknown events leave everything as it is.
 *
 * Two things the reference client does silently are told here: a state change that does not apply (`stale`), and a
 * stream that ends before the run does (see `run.ts`).
 */
import type { Operation } from 'fast-json-patch';
import { applyPatch } from 'fast-json-patch';

export interface ToolCall {
  id: string;
  name: string;
  /** JSON text, perhaps still growing. */
  args: string;
  /** All arguments are there. */
  complete: boolean;
  /** JSON text. */
  result?: string;
}

export interface Message {
  id: string;
  role: 'user' | 'assistant' | 'tool' | 'system' | 'developer';
  content: string;
  toolCalls: ToolCall[];
}

export type RunStatus = 'idle' | 'running' | 'error' | 'cancelled' | 'cut';

export interface View {
  messages: Message[];
  state: Record<string, unknown>;
  status: RunStatus;
  /** The state on screen may be behind: a change did not apply. */
  stale: boolean;
  error?: { message: string; code?: string };
  /** What the last turn spent and what is left; see the server's `usage` event. */
  usage?: Usage;
  /** Earlier turns that the model no longer reads. */
  leftOut?: number;
}

/** What is left is there only where there is a limit. Money in millionths of a dollar. */
export interface Usage {
  turn: { input_tokens: number; output_tokens: number; cost_microdollars: number; seconds: number };
  day: {
    tokens_left?: number;
    tenant_tokens_left?: number;
    cost_microdollars_left?: number;
    tenant_cost_microdollars_left?: number;
  };
}

export interface AguiEvent {
  type: string;
  [field: string]: unknown;
}

export const EMPTY: View = { messages: [], state: {}, status: 'idle', stale: false };

export function reduce(view: View, event: AguiEvent): View {
  switch (event.type) {
    case 'RUN_STARTED':
      return { ...view, status: 'running', error: undefined, usage: undefined, leftOut: undefined };
    case 'TEXT_MESSAGE_START':
      return upsert(view, text(event.messageId), (message) => message, roleOf(event.role));
    case 'TEXT_MESSAGE_CONTENT':
      return upsert(view, text(event.messageId), (message) => ({
        ...message,
        content: message.content + text(event.delta),
      }));
    case 'TOOL_CALL_START': {
      const call: ToolCall = { id: text(event.toolCallId), name: text(event.toolCallName), args: '', complete: false };
      const parent = text(event.parentMessageId) || call.id;
      return upsert(view, parent, (message) => ({ ...message, toolCalls: [...message.toolCalls, call] }), 'assistant');
    }
    case 'TOOL_CALL_ARGS':
      return onCall(view, event.toolCallId, (call) => ({ ...call, args: call.args + text(event.delta) }));
    case 'TOOL_CALL_END':
      return onCall(view, event.toolCallId, (call) => ({ ...call, complete: true }));
    case 'TOOL_CALL_RESULT':
      return onCall(view, event.toolCallId, (call) => ({ ...call, complete: true, result: contentText(event.content) }));
    case 'STATE_SNAPSHOT':
      return { ...view, state: (event.snapshot ?? {}) as View['state'], stale: false };
    case 'STATE_DELTA':
      return patched(view, event.delta as Operation[]);
    case 'MESSAGES_SNAPSHOT':
      return { ...view, messages: fromWire(event.messages as WireMessage[]) };
    case 'CUSTOM':
      return custom(view, event.name, event.value);
    case 'RUN_FINISHED': {
      const outcome = event.outcome as { type?: string } | undefined;
      return { ...view, status: outcome?.type === 'cancelled' ? 'cancelled' : 'idle' };
    }
    case 'RUN_ERROR':
      return { ...view, status: 'error', error: { message: text(event.message), code: event.code as string | undefined } };
    default:
      return view;
  }
}

export interface WireMessage {
  id: string;
  role: Message['role'];
  content?: unknown;
  toolCalls?: { id: string; function: { name: string; arguments: string } }[];
  toolCallId?: string;
}

/** Stored messages, tool answers folded into the calls they answer. */
export function fromWire(wire: WireMessage[]): Message[] {
  const results = new Map<string, string>();
  for (const message of wire) {
    if (message.role === 'tool' && message.toolCallId) results.set(message.toolCallId, contentText(message.content));
  }
  return wire
    .filter((message) => message.role !== 'tool')
    .map((message) => ({
      id: message.id,
      role: message.role,
      content: contentText(message.content),
      toolCalls: (message.toolCalls ?? []).map((call) => ({
        id: call.id,
        name: call.function.name,
        args: call.function.arguments,
        complete: true,
        result: results.get(call.id),
      })),
    }));
}

function custom(view: View, name: unknown, value: unknown): View {
  if (name === 'usage') return { ...view, usage: value as Usage };
  if (name === 'compaction') return { ...view, leftOut: (value as { turns_left_out?: number }).turns_left_out };
  return view;
}

function patched(view: View, delta: Operation[]): View {
  try {
    const state = applyPatch(view.state, delta, true, false).newDocument;
    return { ...view, state };
  } catch {
    return { ...view, stale: true };
  }
}

function upsert(view: View, id: string, change: (message: Message) => Message, create?: Message['role']): View {
  const at = view.messages.findIndex((message) => message.id === id);
  const found = view.messages[at];
  if (found) {
    const messages = view.messages.slice();
    messages[at] = change(found);
    return { ...view, messages };
  }
  if (!create) return view;
  return { ...view, messages: [...view.messages, change({ id, role: create, content: '', toolCalls: [] })] };
}

function onCall(view: View, id: unknown, change: (call: ToolCall) => ToolCall): View {
  const has = (message: Message) => message.toolCalls.some((call) => call.id === id);
  const messages = view.messages.map((message) =>
    has(message)
      ? { ...message, toolCalls: message.toolCalls.map((call) => (call.id === id ? change(call) : call)) }
      : message,
  );
  return { ...view, messages };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function roleOf(value: unknown): Message['role'] {
  return value === 'user' || value === 'system' || value === 'developer' ? value : 'assistant';
}

function contentText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
