/** The stores of the dealership: their names, and the zones in which their times are told. */
import { useRead } from './live';
import type { Page, Store } from './types';

export interface Stores {
  all: Store[];
  nameOf(slug: string): string;
  /** The zone of a store, or of the first one when none is named. */
  zoneOf(slug?: string | null): string | undefined;
}

const NONE: Store[] = [];

export function useStores(): Stores {
  const { data: page } = useRead<Page<Store>>('/v1/stores?limit=200', []);
  const data = page?.items;
  const find = (slug: string) => data?.find((store) => store.id === slug);
  return {
    all: data ?? NONE,
    nameOf: (slug) => find(slug)?.name ?? slug,
    zoneOf: (slug) => (slug ? find(slug) : data?.[0])?.timezone,
  };
}
