/** K31, as far as the model alone tells: who claims a port, who says how much he uses. */
import type { Behaviour } from '../../model/automation.ts'
import type { Finding } from '../../model/conflict.ts'

/** Two takers of one resource, or users that need more than there is. */
export function contended({ environment }: Behaviour, { subject }: Finding): boolean {
  if (environment === undefined) return false
  const takers = environment.claims.filter(({ resource }) => resource === subject)
  const over = environment.shared.filter(
    ({ resource, uses, limit }) => resource === subject && uses.reduce((sum, { amount }) => sum + amount, 0) > limit,
  )
  return takers.length > 1 || over.length > 0
}
