/**
 * Where everything of a diagram stands: rows from top to bottom by the longest way from the start, within a row an order
 * with few crossings, within that order the places that bend the ways least. A label is an item of its own between the
 * two nodes of its way, so nothing ever overlaps. Pure; sizes in CSS pixels.
 */
import type { Diagram, DiagramEdge, DiagramNode } from './model';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedNode extends Box {
  node: DiagramNode;
  row: number;
}

export interface PlacedEdge {
  edge: DiagramEdge;
  path: string;
  label?: Box;
}

export interface Layout {
  width: number;
  height: number;
  nodes: PlacedNode[];
  edges: PlacedEdge[];
}

const NODE_WIDTH = 216;
const LABEL_WIDTH = 152;
const LINE = 18;
const MOST_LINES = 4;
/** Between rows, and between neighbours in a row. */
const ROW_GAP = 26;
const GAP = 24;
const MARGIN = 12;
/** Average width of a letter at the sizes of the style sheet, and what an icon and the borders take of a node. */
const LETTER = 6.6;
const FRAME = 48;

/** Something that has a place in a row: a node, a label, or a bend of a long way. */
interface Item {
  node?: DiagramNode;
  width: number;
  height: number;
  row: number;
  x: number;
  above: Item[];
  below: Item[];
}

/** A way from item to item, downwards; `back` says that it is drawn upwards. */
interface Way {
  edge: DiagramEdge;
  items: Item[];
  label?: Item;
  back: boolean;
}

export function layOut(diagram: Diagram): Layout {
  const items = new Map<string, Item>();
  for (const node of diagram.nodes) items.set(node.id, { ...sizeOf(node), node, row: 0, x: 0, above: [], below: [] });
  const known = diagram.edges.filter((edge) => items.has(edge.from) && items.has(edge.to) && edge.from !== edge.to);
  const back = backEdges(diagram.nodes, known);
  const ends = (edge: DiagramEdge): [Item, Item] => {
    const pair: [Item, Item] = [items.get(edge.from) as Item, items.get(edge.to) as Item];
    return back.has(edge) ? [pair[1], pair[0]] : pair;
  };
  setRows(diagram.nodes, items, known, ends);
  const rows: Item[][] = [];
  const put = (item: Item) => (rows[item.row] ??= []).push(item);
  for (const item of items.values()) put(item);
  const ways = known.map((edge) => wayOf(edge, ends(edge), back.has(edge), put));
  for (const way of ways) {
    way.items.forEach((item, at) => {
      const next = way.items[at + 1];
      if (!next) return;
      item.below.push(next);
      next.above.push(item);
    });
  }
  const filled = rows.filter((row) => row.length > 0);
  order(filled);
  place(filled);
  return draw(filled, ways, diagram);
}

/** The height that the words need, at most four lines; what is cut can be read in the details. */
function sizeOf(node: DiagramNode): { width: number; height: number } {
  if (node.kind === 'end') return { width: 96, height: 36 };
  const text = node.number ? `${node.number}. ${node.text}` : node.text;
  return { width: NODE_WIDTH, height: 20 + LINE * lines(text, NODE_WIDTH - FRAME, MOST_LINES) };
}

/** How many lines the words take, broken where a browser breaks them. */
function lines(text: string, width: number, most: number): number {
  const room = Math.floor(width / LETTER);
  let count = 1;
  let used = 0;
  for (const word of text.split(' ')) {
    const needed = used === 0 ? word.length : used + 1 + word.length;
    if (needed <= room || used === 0) {
      used = needed;
    } else {
      count += 1;
      used = word.length;
    }
    // A word longer than a line is broken itself.
    count += Math.floor((used - 1) / room);
    used = used === 0 ? 0 : ((used - 1) % room) + 1;
  }
  return Math.min(most, count);
}

/** Ways that lead back to where one came from: loops. */
function backEdges(nodes: DiagramNode[], edges: DiagramEdge[]): Set<DiagramEdge> {
  const out = grouped(edges);
  const back = new Set<DiagramEdge>();
  const state = new Map<string, 'open' | 'done'>();
  const visit = (id: string) => {
    state.set(id, 'open');
    for (const edge of out.get(id) ?? []) {
      const seen = state.get(edge.to);
      if (seen === 'open') back.add(edge);
      else if (!seen) visit(edge.to);
    }
    state.set(id, 'done');
  };
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  return back;
}

function grouped(edges: DiagramEdge[]): Map<string, DiagramEdge[]> {
  const out = new Map<string, DiagramEdge[]>();
  for (const edge of edges) out.set(edge.from, [...(out.get(edge.from) ?? []), edge]);
  return out;
}

/** Each node stands below everything that leads to it; even rows are for nodes, odd ones for labels. */
function setRows(
  nodes: DiagramNode[],
  items: Map<string, Item>,
  edges: DiagramEdge[],
  ends: (edge: DiagramEdge) => [Item, Item],
): void {
  const reached = new Set(edges.map((edge) => ends(edge)[1]));
  let before: Item | undefined;
  for (const node of nodes) {
    const item = items.get(node.id) as Item;
    // Nothing leads here: it stands below what is written before it.
    if (!reached.has(item) && before) item.row = before.row + 2;
    before = item;
  }
  for (let round = 0; round < nodes.length; round += 1) {
    let moved = false;
    for (const edge of edges) {
      const [from, to] = ends(edge);
      if (to.row < from.row + 2) {
        to.row = from.row + 2;
        moved = true;
      }
    }
    if (!moved) break;
  }
  const end = nodes.find((node) => node.kind === 'end');
  const last = Math.max(...[...items.values()].map((item) => item.row));
  if (end) (items.get(end.id) as Item).row = Math.max(last, (items.get(end.id) as Item).row);
}

/** A way with its bends in the rows it passes and its label in the first of them. */
function wayOf(edge: DiagramEdge, [from, to]: [Item, Item], back: boolean, put: (item: Item) => void): Way {
  const items = [from];
  let label: Item | undefined;
  for (let row = from.row + 1; row < to.row; row += 1) {
    const isLabel = edge.label !== '' && row === from.row + 1;
    // A short way without a label needs no bend.
    if (!isLabel && to.row === from.row + 2) continue;
    const text = { width: Math.min(LABEL_WIDTH, edge.label.length * LETTER + 16), height: 4 + 16 * lines(edge.label, LABEL_WIDTH - 10, 3) };
    const item: Item = { ...(isLabel ? text : { width: 12, height: 0 }), row, x: 0, above: [], below: [] };
    if (isLabel) label = item;
    put(item);
    items.push(item);
  }
  items.push(to);
  return { edge, items, label, back };
}

/** Fewer crossings: each item moves towards the middle of what it is joined to, from above and from below in turn. */
function order(rows: Item[][]): void {
  const index = new Map<Item, number>();
  const number = (row: Item[]) => row.forEach((item, at) => index.set(item, at));
  rows.forEach(number);
  const middle = (item: Item, near: Item[]) =>
    near.length === 0 ? (index.get(item) as number) : near.reduce((sum, other) => sum + (index.get(other) as number), 0) / near.length;
  for (let sweep = 0; sweep < 8; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) {
      const wanted = new Map(row.map((item) => [item, middle(item, down ? item.above : item.below)]));
      row.sort((one, two) => (wanted.get(one) as number) - (wanted.get(two) as number));
      number(row);
    }
  }
}

/** Places in the rows, from the top: each item below the middle of what leads to it, so that chains are straight. */
function place(rows: Item[][]): void {
  for (const row of rows) {
    const middle = ({ above, x }: Item) => (above.length === 0 ? x : above.reduce((sum, other) => sum + other.x, 0) / above.length);
    spread(row, row.map(middle));
  }
}

/**
 * The least change of `wanted` that keeps the order and the gaps: neighbours that would collide share their shift, and a
 * bend gives way rather than a node.
 */
function spread(row: Item[], wanted: number[]): void {
  const offsets: number[] = [];
  row.forEach((item, at) => {
    const before = row[at - 1];
    offsets.push(before ? (offsets[at - 1] as number) + (before.width + item.width) / 2 + GAP : 0);
  });
  const blocks: { sum: number; weight: number; count: number }[] = [];
  wanted.forEach((x, at) => {
    const weight = (row[at] as Item).node ? 8 : 1;
    blocks.push({ sum: (x - (offsets[at] as number)) * weight, weight, count: 1 });
    for (;;) {
      const [one, two] = [blocks.at(-2), blocks.at(-1)];
      if (!one || !two || one.sum / one.weight <= two.sum / two.weight) break;
      blocks.splice(-2, 2, { sum: one.sum + two.sum, weight: one.weight + two.weight, count: one.count + two.count });
    }
  });
  let at = 0;
  for (const block of blocks) {
    for (let member = 0; member < block.count; member += 1, at += 1) {
      (row[at] as Item).x = block.sum / block.weight + (offsets[at] as number);
    }
  }
}

function draw(rows: Item[][], ways: Way[], diagram: Diagram): Layout {
  const tops: number[] = [];
  let y = MARGIN;
  const heights = rows.map((row) => Math.max(...row.map((item) => item.height)));
  rows.forEach((row, at) => {
    for (const item of row) {
      tops[item.row] = y;
      // A long way passes a row upright, beside whatever stands there.
      if (item.height === 0) item.height = heights[at] as number;
    }
    y += (heights[at] as number) + (at === rows.length - 1 ? MARGIN : ROW_GAP);
  });
  const heightOf = new Map(rows.flatMap((row, at) => row.map((item) => [item, heights[at] as number] as const)));
  const all = rows.flat();
  const left = Math.min(...all.map((item) => item.x - item.width / 2)) - MARGIN;
  const right = Math.max(...all.map((item) => item.x + item.width / 2)) + MARGIN;
  const box = (item: Item): Box => ({
    x: item.x - item.width / 2 - left,
    // Items of a row share their middle line.
    y: (tops[item.row] as number) + ((heightOf.get(item) as number) - item.height) / 2,
    width: item.width,
    height: item.height,
  });
  const order = new Map(diagram.nodes.map((node, at) => [node, at]));
  const nodes = all
    .flatMap((item) => (item.node ? [{ ...box(item), node: item.node, row: item.row }] : []))
    .sort((one, two) => (order.get(one.node) as number) - (order.get(two.node) as number));
  const edges = ways.map((way) => ({ edge: way.edge, path: pathOf(way, box), label: way.label ? box(way.label) : undefined }));
  return { width: right - left, height: y, nodes, edges };
}

/** Down through the middle of every item, in curves that leave and arrive upright. */
function pathOf(way: Way, box: (item: Item) => Box): string {
  const points = way.items.flatMap((item, at): [number, number][] => {
    const { x, y, width, height } = box(item);
    const middle = x + width / 2;
    if (at === 0) return [[middle, y + height]];
    if (at === way.items.length - 1) return [[middle, y]];
    return [[middle, y], ...(height > 0 ? [[middle, y + height] as [number, number]] : [])];
  });
  if (way.back) points.reverse();
  return points
    .map(([x, y], at) => {
      const before = points[at - 1];
      if (!before) return `M${round(x)} ${round(y)}`;
      const bend = (before[1] + y) / 2;
      return Math.abs(before[0] - x) < 0.5 ? `L${round(x)} ${round(y)}` : `C${round(before[0])} ${round(bend)} ${round(x)} ${round(bend)} ${round(x)} ${round(y)}`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
