/** One action at a time: what is under way, and what went wrong. */
import { useCallback, useState } from 'react';

import { type ApiProblem, asProblem } from './problem';

export interface Act<Name extends string = string> {
  /** The action under way. */
  working?: Name;
  problem?: ApiProblem;
  /** Does it; answers whether it went well. */
  run(name: Name, work: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
}

/** `after` runs whether it went well or not: whatever happened, what is on screen may be old. */
export function useAct<Name extends string = string>(after?: () => void): Act<Name> {
  const [working, setWorking] = useState<Name>();
  const [problem, setProblem] = useState<ApiProblem>();
  const run = async (name: Name, work: () => Promise<unknown>) => {
    setWorking(name);
    setProblem(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    } finally {
      setWorking(undefined);
      after?.();
    }
  };
  const clear = useCallback(() => setProblem(undefined), []);
  return { working, problem, run, clear };
}
