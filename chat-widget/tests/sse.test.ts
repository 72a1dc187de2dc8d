import { expect, test } from 'vitest';

import { readSse, type SseFrame } from '../src/agui/sse';

function body(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
      controller.close();
    },
  });
}

async function all(stream: ReadableStream<Uint8Array>): Promise<SseFrame[]> {
  const frames: SseFrame[] = [];
  for await (const frame of readSse(stream)) frames.push(frame);
  return frames;
}

test('frames, ids, comments, several data lines', async () => {
  const frames = await all(body(': hello\n\nid: run_1:1\ndata: {"a":\ndata: 1}\n\nevent: x\ndata: y\n\n'));
  expect(frames).toEqual([
    { id: 'run_1:1', data: '{"a":\n1}' },
    { event: 'x', data: 'y' },
  ]);
});

test.each([['\n'], ['\r\n'], ['\r']])('line end %j, cut at every byte', async (end) => {
  const text = `data: uno — ¿dos?${end}${end}data:three${end}${end}`;
  const bytes = [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte));
  expect((await all(body(...bytes))).map((frame) => frame.data)).toEqual(['uno — ¿dos?', 'three']);
});

test('a frame that the end cuts off is not delivered', async () => {
  expect(await all(body('data: whole\n\ndata: half'))).toEqual([{ data: 'whole' }]);
});
