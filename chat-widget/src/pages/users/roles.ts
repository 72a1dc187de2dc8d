/** System roles, by what they may do. */
import type { User } from '../../api/types';

const RANKS = ['user', 'manager', 'dealership_admin', 'super_admin'] as const;

/** The roles somebody may give: up to their own. */
export function givableRoles(mine: User['role']): User['role'][] {
  return RANKS.slice(0, RANKS.indexOf(mine) + 1);
}
