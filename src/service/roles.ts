/** Who may do what: each role may do what the roles before it may. */
import type { Role } from '../store/tokens.ts'

export const roles: readonly Role[] = ['reader', 'operator', 'approver', 'admin']

/** Whether somebody with role `has` may do what needs `needs`. */
export function allows(has: Role, needs: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needs)
}
