/**
 * What a diagram shows: the server's graph with the words of its readback, tasks that one line speaks for drawn as one
 * node, and, against another version, what was added, changed and removed.
 */
import type { Change, Graph, GraphEdge, Readback, Step } from '../../api/types';
import type { Language } from '../../i18n';
import { marksOf } from '../marks';

export interface DiagramNode {
  id: string;
  /** `start`, `end`, or the task's keyword. */
  kind: string;
  number?: string;
  text: string;
  mark?: Change['kind'];
}

export interface DiagramEdge {
  from: string;
  to: string;
  kind: GraphEdge['kind'];
  label: string;
  /** Belongs to the version before. */
  gone?: boolean;
}

export interface Diagram {
  nodes: DiagramNode[];
  edges: DiagramEdge[];
}

/** How a definition reads and looks, in one language. */
export interface Drawn {
  graph: Graph;
  readback: Readback;
}

export interface DiagramWords {
  language: Language;
  end: string;
  /** Words of the ways that always mean the same. */
  edges: Record<'otherwise' | 'timeout' | 'error' | 'next' | 'done' | 'first' | 'came', string>;
}

const START = '/schedule';
const END = 'end';

export function diagramOf(drawn: Drawn, changes: Change[], words: DiagramWords, before?: Drawn): Diagram {
  const marks = marksOf(changes, drawn.readback);
  const now = plain(drawn, words);
  const diagram: Diagram = {
    nodes: now.nodes.map((node) => (marks.has(node.id) ? { ...node, mark: marks.get(node.id) } : node)),
    edges: now.edges,
  };
  return before ? withRemoved(diagram, plain(before, words), changes) : diagram;
}

/** The same as a list: each node with the ways that leave it. */
export function waysFrom(diagram: Diagram, id: string): { label: string; to?: DiagramNode }[] {
  const byId = new Map(diagram.nodes.map((node) => [node.id, node]));
  return diagram.edges.filter((edge) => edge.from === id && !edge.gone).map((edge) => ({ label: edge.label, to: byId.get(edge.to) }));
}

function plain({ graph, readback }: Drawn, words: DiagramWords): Diagram {
  const steps = new Map<string, Step>();
  const speaker = new Map<string, string>();
  collect(readback.steps, steps, speaker);
  const at = (id: string) => speaker.get(id) ?? id;
  const nodes = graph.nodes
    .filter((node) => at(node.id) === node.id)
    .map((node): DiagramNode => {
      if (node.id === START) return { id: START, kind: 'start', text: readback.trigger };
      if (node.id === END) return { id: END, kind: 'end', text: words.end };
      const step = steps.get(node.id);
      return { id: node.id, kind: node.kind, number: step?.number, text: step ? bare(step.text) : node.label };
    });
  const edges: DiagramEdge[] = [];
  for (const edge of graph.edges) {
    const [from, to] = [at(edge.from), at(edge.to)];
    // Inside one node; or drawn already.
    if (from === to && edge.from !== edge.to) continue;
    // The wait inside an await block is over: what was waited for came.
    const came = edge.kind === 'always' && edge.from !== from;
    const label = came ? words.edges.came : labelOf(edge, steps.get(from), words);
    if (!edges.some((known) => known.from === from && known.to === to && known.label === label)) {
      edges.push({ from, to, kind: edge.kind, label });
    }
  }
  return { nodes, edges };
}

function collect(list: Step[], steps: Map<string, Step>, speaker: Map<string, string>): void {
  for (const step of list) {
    steps.set(step.pointer, step);
    for (const covered of step.covers ?? []) speaker.set(covered, step.pointer);
    for (const branch of step.children) collect(branch.steps, steps, speaker);
  }
}

/** A line of the list without the colon that announces what is inside it. */
function bare(text: string): string {
  return text.replace(/[:.]$/, '');
}

function labelOf(edge: GraphEdge, step: Step | undefined, words: DiagramWords): string {
  switch (edge.kind) {
    case 'always':
      return '';
    case 'case':
      return step?.children[edge.case ?? -1]?.when ?? edge.label;
    case 'each':
      return '';
    case 'otherwise':
    case 'timeout':
    case 'error':
    case 'next':
    case 'done':
    case 'first':
      return words.edges[edge.kind];
  }
}

/** Adds the tasks that are gone, where they stood: between what was before them and what came after. */
function withRemoved(now: Diagram, before: Diagram, changes: Change[]): Diagram {
  const removed = changes.filter((change) => change.kind === 'removed').map((change) => change.pointer);
  const isGone = (id: string) => removed.some((pointer) => id === pointer || id.startsWith(`${pointer}/`));
  const gone = before.nodes.filter((node) => isGone(node.id));
  if (gone.length === 0) return now;
  const names = new Map(now.nodes.map((node) => [nameOf(node.id), node.id]));
  const renamed = new Map(
    changes.flatMap((change) =>
      change.kind === 'changed' && typeof change.before === 'string' && nameOf(change.pointer) === change.after
        ? [[change.before, change.pointer] as const]
        : [],
    ),
  );
  const ghost = (id: string) => `removed:${id}`;
  const place = (id: string) => {
    if (isGone(id)) return ghost(id);
    if (id === START || id === END) return id;
    return names.get(nameOf(id)) ?? renamed.get(nameOf(id));
  };
  const edges = before.edges
    .filter((edge) => isGone(edge.from) || isGone(edge.to))
    .flatMap((edge): DiagramEdge[] => {
      const [from, to] = [place(edge.from), place(edge.to)];
      return from && to ? [{ ...edge, from, to, gone: true }] : [];
    });
  const ghosts = gone.map((node): DiagramNode => ({ ...node, id: ghost(node.id), number: undefined, mark: 'removed' }));
  const end = now.nodes.findIndex((node) => node.id === END);
  const nodes = [...now.nodes];
  nodes.splice(end < 0 ? nodes.length : end, 0, ...ghosts);
  return { nodes, edges: [...now.edges, ...edges] };
}

/** Names of tasks are unique in a definition. */
function nameOf(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}
