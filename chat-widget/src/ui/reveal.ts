/** Brings an element into view and the keyboard to it, after the frame has put the focus at the top of a new page. */
export function reveal(element: HTMLElement | null | undefined): () => void {
  const frame = requestAnimationFrame(() => {
    element?.scrollIntoView?.({ block: 'center' });
    element?.focus({ preventScroll: true });
  });
  return () => cancelAnimationFrame(frame);
}
