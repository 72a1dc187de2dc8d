/**
 * Text of the assistant and of articles: paragraphs, headings, lists, tables, bold, code and links. Builds elements,
 * never HTML; what it does not know stays as it was typed. Links lead to http(s) only.
 */
import type { ReactNode } from 'react';

/** `heading` is the level at which headings stand in the page; without it they are paragraphs in bold. */
export function Prose({ text, heading }: { text: string; heading?: 2 | 3 }) {
  return <div className="prose">{blocks(text, heading)}</div>;
}

function blocks(text: string, heading?: 2 | 3): ReactNode[] {
  const out: ReactNode[] = [];
  let list: { ordered: boolean; items: string[] } | undefined;
  let paragraph: string[] = [];
  let table: string[][] = [];
  const flush = () => {
    if (table.length > 0) out.push(<Table key={out.length} rows={table} />);
    table = [];
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
    const title = /^#{1,4}\s+(.*)$/.exec(line);
    const cells = /^\s*\|(.*)\|\s*$/.exec(line);
    if (line.trim() === '') {
      flush();
    } else if (title) {
      flush();
      out.push(titled(title[1] ?? '', out.length, heading));
    } else if (cells) {
      if (table.length === 0) flush();
      // The line of dashes under the heads says nothing more.
      if (!/^[\s|:-]+$/.test(line)) table.push((cells[1] ?? '').split('|').map((cell) => cell.trim()));
    } else if (item) {
      const ordered = !bullet;
      if (!list || list.ordered !== ordered || paragraph.length > 0) flush();
      list ??= { ordered, items: [] };
      list.items.push(item[1] ?? '');
    } else {
      if (list) flush();
      paragraph.push(line);
    }
  }
  flush();
  return out;
}

function titled(text: string, key: number, heading?: 2 | 3): ReactNode {
  if (!heading) {
    return (
      <p key={key}>
        <strong>{inline(text)}</strong>
      </p>
    );
  }
  const Heading = heading === 2 ? 'h2' : 'h3';
  return <Heading key={key}>{inline(text)}</Heading>;
}

function Table({ rows: [heads = [], ...rows] }: { rows: string[][] }) {
  return (
    <div className="table-scroll" role="region" aria-label={heads.join(', ')} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {heads.map((head, at) => (
              <th key={at} scope="col">
                {inline(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
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
