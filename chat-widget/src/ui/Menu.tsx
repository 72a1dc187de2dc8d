/** A button that opens a small panel. Escape, a press elsewhere, or moving on with the keyboard closes it. */
import { type ReactNode, useEffect, useRef, useState } from 'react';

export function Menu({
  className,
  label,
  button,
  children,
}: {
  className: string;
  /** What a screen reader adds to the button's own words. */
  label?: string;
  button: ReactNode;
  children: (close: () => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      trigger.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', escape);
    };
  }, [open]);

  return (
    <div className={`menu ${className}`} ref={box}>
      <button type="button" ref={trigger} className="menu-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {button}
        {label ? <span className="hidden"> {label}</span> : null}
      </button>
      {open ? <div className="menu-panel">{children(() => setOpen(false))}</div> : null}
    </div>
  );
}
