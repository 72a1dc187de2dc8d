/** What the caller may do, as the server says. */
import { useRead } from './live';
import type { Me, Permission } from './types';

/** Whether the caller has a permission; `undefined` until the server has said so. */
export function useMay(): (permission: Permission) => boolean | undefined {
  const { data } = useRead<Me>('/v1/me', ['user']);
  return (permission) => data?.permissions.includes(permission);
}
