/** Relations are intended for the most part: by default only those that touch what can hurt are looked for. */
import type { ConflictKind, ConflictStructure } from '../reaction.ts'

const HAZARD =
  /(^|[._/-])(lock|valve|siren|climate|heater|heating|boiler|stove|oven|garage|gate|gas|alarm_control_panel|water_heater)s?([._/-]|$)/i

/** The thing can hurt, as its name tells. */
export const isHazard = (attribute: string): boolean => HAZARD.test(attribute)

/** Whether the rule commands something that can hurt. */
export const commandsHazard = (structure: ConflictStructure, rule: string): boolean =>
  structure.rule.get(rule)?.writes.some(({ attribute }) => isHazard(attribute)) === true

/** The kind, about subjects only whose actuator can hurt. */
export const whereItHurts = (kind: ConflictKind): ConflictKind => ({
  ...kind,
  subjects: (structure) => kind.subjects(structure).filter(({ attribute }) => attribute !== undefined && isHazard(attribute)),
})
