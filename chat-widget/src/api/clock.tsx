/**
 * The engine's clock, by which the server tells its times. In the demonstration it can be ahead of the clock on the wall:
 * "two hours ago" then counts from the engine's now, and the page says so.
 */
import { createContext, type ReactNode, useContext } from 'react';

import { useRead } from './live';
import type { EngineClock } from './types';

/** How far the engine's clock is ahead, in milliseconds. */
const Ahead = createContext(0);

export function EngineTime({ children }: { children: ReactNode }) {
  const clock = useRead<EngineClock>('/v1/engine/clock', ['clock']);
  return <Ahead value={(clock.data?.ahead_s ?? 0) * 1000}>{children}</Ahead>;
}

export function useEngineTime(): { ahead: number; now(): number } {
  const ahead = useContext(Ahead);
  return { ahead, now: () => Date.now() + ahead };
}
