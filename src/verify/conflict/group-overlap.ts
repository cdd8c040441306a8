/** K24: of two rules one commands all members of the group, the other some of them and not all. */
import type { Behaviour } from '../../model/automation.ts'
import type { Finding } from '../../model/conflict.ts'
import { indexOf } from '../behaviour-index.ts'
import { livenessOf } from '../liveness.ts'

export function overlaps(behaviour: Behaviour, { subject, rules }: Finding): boolean {
  const { writes } = livenessOf(behaviour)
  const { attributes } = indexOf(behaviour)
  return (behaviour.environment?.groups ?? []).some(({ id, members }) => {
    if (!subject.startsWith(`${id} `)) return false
    const known = members.filter((member) => attributes.has(member))
    const counts = rules.map(
      (rule) =>
        new Set(
          writes.filter(({ automation, attribute }) => automation === rule && known.includes(attribute)).map(({ attribute }) => attribute),
        ).size,
    )
    const all = new Set(known).size
    return all > 1 && counts.includes(all) && counts.some((count) => count > 0 && count < all)
  })
}
