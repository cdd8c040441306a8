/** Relations are intended for the most part: by default only those that touch what can hurt are looked for. */
import type { ConflictKind, ConflictStructure } from '../reaction.ts'

const HAZARD =
  /(^|[._/-])(lock|valve|siren|climate|heater|heating|boiler|stove|oven|garage|gate|gas|alarm_control_panel|water_heater)s?([._/-]|$)/i

/** The thing can hurt, as its name tells. */
export const isHazard = (attribute: string): boolean => HAZARD.test(attribute)

/** Whether the rule commands something that can hurt, other than `but`. */
export const commandsHazard = (structure: ConflictStructure, rule: string, but?: string): boolean =>
  structure.rule.get(rule)?.writes.some(({ attribute }) => attribute !== but && isHazard(attribute)) === true

/** States that a thing is commanded into for safety's sake: who bypasses a guard to get there hurts nobody. */
const SAFE = /^(off|lock(ed)?|closed?|arm(ed|ing)?(_\w+)?|idle|paused)$/i

/** The kind, about subjects only whose actuator can hurt, and where one rule acts on another only if that other commands something that can. */
export const whereItHurts = (kind: ConflictKind): ConflictKind => ({
  ...kind,
  subjects: (structure) =>
    kind.subjects(structure).filter(({ attribute, rules, from, watches }) => {
      if (attribute === undefined || !isHazard(attribute)) return false
      const other = rules.find((rule) => rule !== from)
      if (from === undefined || other === undefined) return true
      // A guard that looks at the thing which the rule commands speaks of the states of one thing: who may be armed is not armed already.
      const itself = watches?.includes(attribute) === true ? attribute : undefined
      return commandsHazard(structure, other, itself) && !onlySafe(structure, attribute, from, other)
    }),
})

/** What both rules command the actuator to is nothing but safe. */
function onlySafe(structure: ConflictStructure, attribute: string, one: string, other: string): boolean {
  const writers = structure.writers.get(attribute) ?? []
  const constants = (rule: string): readonly unknown[] => writers.filter((writer) => writer.rule === rule).map(({ constant }) => constant)
  const given = constants(one)
  const shared = constants(other).filter((value) => value === undefined || given.includes(value))
  return shared.length > 0 && shared.every((value) => typeof value === 'string' && SAFE.test(value))
}
