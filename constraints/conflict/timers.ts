/** Things that change by themselves. */
import type { ConflictStructure } from '../reaction.ts'

/** A timer: importers write what it does when its time is over as a rule of its own name, so that one of its writers is called as it is. */
export const runsByItself = (structure: ConflictStructure, attribute: string): boolean =>
  (structure.writers.get(attribute) ?? []).some(({ rule }) => rule.endsWith(`/${attribute}`))
