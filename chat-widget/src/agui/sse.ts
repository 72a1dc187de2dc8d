/**
 * Reads a Server-Sent-Events body. Understands what our server and any standard one may send: LF, CRLF or CR line
 * ends, several `data:` lines, comments, and characters cut in the middle by the network.
 */

export interface SseFrame {
  /** `id:` of the frame, when it had one. */
  id?: string;
  /** `event:` of the frame, when it had one. */
  event?: string;
  data: string;
}

export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<SseFrame> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  let frame: { id?: string; event?: string; data: string[] } = { data: [] };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      buffer += done ? decoder.decode() : decoder.decode(value, { stream: true });
      let line: string | undefined;
      while (([line, buffer] = cutLine(buffer, done))[0] !== undefined) {
        if (line === '') {
          const { data, ...rest } = frame;
          frame = { data: [] };
          if (data.length > 0) yield { ...rest, data: data.join('\n') };
        } else if (line !== undefined) {
          takeField(line, frame);
        }
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The first whole line and the rest; a CR at the very end may be half of a CRLF, so it waits. */
function cutLine(text: string, ended: boolean): [string | undefined, string] {
  const at = text.search(/[\r\n]/);
  if (at < 0) return [undefined, text];
  if (text[at] === '\r') {
    if (at + 1 === text.length && !ended) return [undefined, text];
    const width = text[at + 1] === '\n' ? 2 : 1;
    return [text.slice(0, at), text.slice(at + width)];
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

function takeField(line: string, frame: { id?: string; event?: string; data: string[] }): void {
  const colon = line.indexOf(':');
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
  if (name === 'data') frame.data.push(value);
  else if (name === 'id') frame.id = value;
  else if (name === 'event') frame.event = value;
}
