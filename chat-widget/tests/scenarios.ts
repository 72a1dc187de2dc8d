/** Streams as our server sends them, shared by the tests of the reducer and the differential test. */
import type { AguiEvent } from '../src/agui/reducer';

const start: AguiEvent = { type: 'RUN_STARTED', threadId: 't', runId: 'r' };
const end: AguiEvent = { type: 'RUN_FINISHED', threadId: 't', runId: 'r', outcome: { type: 'success' } };

export const SCENARIOS: Record<string, AguiEvent[]> = {
  'text only': [
    start,
    { type: 'TEXT_MESSAGE_START', messageId: 'm1', role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm1', delta: 'Hello ' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm1', delta: 'Ana ✓' },
    { type: 'TEXT_MESSAGE_END', messageId: 'm1' },
    end,
  ],
  'a tool call, its result, a state change and a text': [
    start,
    { type: 'STATE_SNAPSHOT', snapshot: { draft: null, questions: [] } },
    { type: 'TOOL_CALL_START', toolCallId: 'c1', toolCallName: 'write_workflow', parentMessageId: 'm1' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'c1', delta: '{"title":' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'c1', delta: '"A"}' },
    { type: 'TOOL_CALL_END', toolCallId: 'c1' },
    { type: 'TOOL_CALL_RESULT', messageId: 'm2', toolCallId: 'c1', role: 'tool', content: '{"revision":1}' },
    {
      type: 'STATE_DELTA',
      delta: [
        { op: 'test', path: '/draft', value: null },
        { op: 'replace', path: '/draft', value: { id: 'd', revision: 1 } },
        { op: 'add', path: '/questions/-', value: { code: 'timing' } },
      ],
    },
    { type: 'TEXT_MESSAGE_START', messageId: 'm3', role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm3', delta: 'Done.' },
    { type: 'TEXT_MESSAGE_END', messageId: 'm3' },
    end,
  ],
  'interleaved calls in one message, after text': [
    start,
    { type: 'TEXT_MESSAGE_START', messageId: 'm1', role: 'assistant' },
    { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm1', delta: 'Looking.' },
    { type: 'TEXT_MESSAGE_END', messageId: 'm1' },
    { type: 'TOOL_CALL_START', toolCallId: 'a', toolCallName: 'search_templates', parentMessageId: 'm1' },
    { type: 'TOOL_CALL_START', toolCallId: 'b', toolCallName: 'search_knowledge', parentMessageId: 'm1' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'b', delta: '{"q":2}' },
    { type: 'TOOL_CALL_ARGS', toolCallId: 'a', delta: '{"q":1}' },
    { type: 'TOOL_CALL_END', toolCallId: 'b' },
    { type: 'TOOL_CALL_END', toolCallId: 'a' },
    { type: 'TOOL_CALL_RESULT', messageId: 'r1', toolCallId: 'b', role: 'tool', content: '2' },
    { type: 'TOOL_CALL_RESULT', messageId: 'r2', toolCallId: 'a', role: 'tool', content: '1' },
    end,
  ],
  'all messages at once, then an error': [
    start,
    {
      type: 'MESSAGES_SNAPSHOT',
      messages: [
        { id: 'u', role: 'user', content: 'Hi' },
        {
          id: 'm',
          role: 'assistant',
          toolCalls: [{ id: 'c', type: 'function', function: { name: 'ask', arguments: '{}' } }],
        },
        { id: 't', role: 'tool', toolCallId: 'c', content: '{"asked":1}' },
      ],
    },
    { type: 'RUN_ERROR', message: 'The server stopped.', code: 'interrupted' },
  ],
  'state changes in a row': [
    start,
    { type: 'STATE_SNAPSHOT', snapshot: { draft: { revision: 1, list: [1, 2, 3] } } },
    {
      type: 'STATE_DELTA',
      delta: [
        { op: 'test', path: '/draft/revision', value: 1 },
        { op: 'remove', path: '/draft/list/0' },
        { op: 'replace', path: '/draft/revision', value: 2 },
      ],
    },
    { type: 'STATE_DELTA', delta: [{ op: 'move', from: '/draft/list/0', path: '/draft/list/1' }] },
    end,
  ],
};

export function sse(events: AguiEvent[], run = 'r'): string {
  return events.map((event, at) => `id: ${run}:${at + 1}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

export function response(text: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': 'text/event-stream' } });
}
