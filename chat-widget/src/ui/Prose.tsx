/**
 * The assistant's text: paragraphs, lists, bold, code and links. Builds elements, never HTML; what it does not know
 * stays as it was typed. Links lead to http(s) only.
 */
import type { ReactNode } from 'react';

export function Prose({ text }: { text: string }) {
  return <div className="prose">{blocks(text)}</div>;
}

function blocks(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let list: { ordered: boolean; items: string[] } | undefined;
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) out.push(<p key={out.length}>{lines(paragraph)}</p>);
    if (list) {
      const items = list.items.map((item, at) => <li key={at}>{inline(item)}</li>);
      out.push(list.ordered ? <ol key={out.length}>{items}</ol> : <ul key={out.length}>{items}</ul>);
    }
    paragraph = [];
    list = undefined;
  };
  for (const line of text.split('\n')) {
    const bullet = /^\s*[-*•]\s+(.*)$/.exec(line);
    const number = /^\s*\d{1,2}[.)]\s+(.*)$/.exec(line);
    const item = bullet ?? number;
    if (line.trim() === '') {
      flush();
    } else if (item) {
      const ordered = !bullet;
      if (!list || list.ordered !== ordered || paragraph.length > 0) flush();
      list ??= { ordered, items: [] };
      list.items.push(item[1] ?? '');
    } else {
      if (list) flush();
      paragraph.push(line.replace(/^#{1,4}\s+/, ''));
    }
  }
  flush();
  return out;
}

function lines(rows: string[]): ReactNode[] {
  return rows.flatMap((row, at) => (at === 0 ? [inline(row)] : [<br key={`b${at}`} />, inline(row)]));
}

const INLINE = /(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\(https?:\/\/[^\s)]+\))/g;

function inline(text: string): ReactNode {
  return text.split(INLINE).map((part, at) => {
    if (part.startsWith('**') && part.endsWith('**') && part.length > 4) return <strong key={at}>{part.slice(2, -2)}</strong>;
    if (part.startsWith('`') && part.endsWith('`') && part.length > 2) return <code key={at}>{part.slice(1, -1)}</code>;
    const link = /^\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)$/.exec(part);
    if (link) {
      return (
        <a key={at} href={link[2]} rel="noopener noreferrer" target="_blank">
          {link[1]}
        </a>
      );
    }
    return part;
  });
}
