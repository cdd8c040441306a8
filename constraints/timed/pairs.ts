/** Subjects of kinds about two rules and an actuator: the first commands, the second comes later, brought by time alone. */
import { declaredSuccessors } from '../conflict/causes.ts'
import type { TimedStructure, TimedSubject } from '../timed.ts'

/** Ordered pairs of live rules that may leave different values in an actuator; time, a timer or a sensor can bring the second, and the first does not hand on to it. */
export const laterPairs = (structure: TimedStructure): readonly TimedSubject[] =>
  structure.behaviour.attributes
    .filter(({ role, id }) => role === 'actuator' && (structure.writers.get(id)?.length ?? 0) > 1)
    .flatMap(({ id: attribute }) => {
      const writers = structure.writers.get(attribute) ?? []
      const rules = [...new Set(writers.map(({ rule }) => rule))].sort()
      return rules.flatMap((from) => {
        const declared = declaredSuccessors(structure, structure.rule.get(from)!)
        return rules.flatMap((to): readonly TimedSubject[] => {
          if (from === to || structure.byTime.get(to)?.has(attribute) !== true || declared.has(to)) return []
          const both = writers.filter(({ rule }) => rule === from || rule === to)
          const constants = new Set(both.map(({ constant }) => constant))
          if (constants.size === 1 && !constants.has(undefined)) return []
          return [{ key: `${attribute} ${from} -> ${to}`, attribute, rules: [from, to].sort(), from, at: both.map(({ at }) => at) }]
        })
      })
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1))

/** A span of time in words. */
export const span = (milliseconds: number): string => {
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ]
  const unit = units.find(([size]) => milliseconds >= size && milliseconds % size === 0)
  return unit === undefined ? `${milliseconds} ms` : `${milliseconds / unit[0]} ${unit[1]}`
}
