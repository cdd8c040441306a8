/** K7: what a rule’s command does to the physical world makes a sensor report that starts another rule. */
import { and, any, bool, FALSE, gt, ite, lt, or, real, TRUE } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { quantityName } from '../../src/model/timed-run.ts'
import { declaredSuccessors } from '../conflict/causes.ts'
import { clauseHolds, clauseOf } from '../conflict/states-of-things.ts'
import type { Effect } from '../../src/model/environment.ts'
import type { TimedKind, TimedReaction, TimedStructure, TimedSubject } from '../timed.ts'
import { commanded, leaves, pairOf, within } from './causes.ts'
import { span } from './pairs.ts'

const observed = (structure: TimedStructure, quantity: string): readonly string[] =>
  (structure.behaviour.environment?.observations ?? [])
    .filter(({ property, place }) => quantityName(property, place) === quantity)
    .map(({ attribute }) => attribute)

/** Effects on the quantity by the actuator, in its own place or through whatever may stand open. */
const effectsOn = (structure: TimedStructure, quantity: string, attribute: string): readonly Effect[] =>
  (structure.behaviour.environment?.effects ?? []).filter(
    (effect) =>
      effect.attribute === attribute &&
      structure.drives.get(quantity)?.has(attribute) === true &&
      quantity.startsWith(`${effect.property} @ `),
  )

const subjects = (structure: TimedStructure, window: number): readonly TimedSubject[] =>
  [...structure.drives].flatMap(([quantity, attributes]) => {
    const listeners = [...new Set(observed(structure, quantity).flatMap((sensor) => structure.listeners.get(sensor) ?? []))].sort()
    return [...attributes].sort().flatMap((attribute) =>
      [...new Set((structure.writers.get(attribute) ?? []).map(({ rule }) => rule))].sort().flatMap((from) => {
        const declared = declaredSuccessors(structure, structure.rule.get(from)!)
        return listeners.flatMap((to): readonly TimedSubject[] => {
          if (to === from || declared.has(to) || effectsOn(structure, quantity, attribute).length === 0) return []
          const at = (structure.writers.get(attribute) ?? []).filter(({ rule }) => rule === from).map((writer) => writer.at)
          return [
            {
              ...{ key: `${quantity} ${attribute} ${from} -> ${to}`, attribute, quantity, from, window },
              ...{ rules: [from, to].sort(), watches: observed(structure, quantity), at },
            },
          ]
        })
      }),
    )
  })

export const covertPhysics: TimedKind = {
  id: 'conflict/covert-physics',
  number: 'K7',
  says: 'a rule’s command changes the physical world so that another rule starts',
  strength: 1,
  subjects: (structure, { horizon }) => subjects(structure, horizon),
  monitor: (subject, structure, words) => {
    const { attribute = '', quantity = '', window = 0 } = subject
    const [from, other] = pairOf(subject)
    const effects = effectsOn(structure, quantity, attribute)
    const sensors = new Set(observed(structure, quantity))
    const acts = (reaction: TimedReaction, when: 'before' | 'after', some: readonly Effect[]): Term =>
      any(some.map((effect) => clauseHolds(clauseOf(effect), (id) => reaction[when](id).value, words)))
    const level = ({ earlier }: TimedReaction): Term => earlier.quantities.get(quantity) ?? real(0)
    return {
      ghosts: { flags: ['acting'], instants: ['since'], levels: ['level'] },
      next: (ghosts, reaction) => {
        const anew = and(leaves(reaction, from, attribute, words), acts(reaction, 'after', effects))
        const goes = and(
          bool(!reaction.fromOutside),
          ghosts.flags['acting'] ?? FALSE,
          commanded(reaction, 'after', from, attribute, words),
          acts(reaction, 'after', effects),
        )
        return {
          ...ghosts,
          flags: { acting: or(anew, goes) },
          instants: { since: ite(anew, reaction.earlier.now, ghosts.instants['since'] ?? real(0)) },
          levels: { level: ite(anew, level(reaction), ghosts.levels['level'] ?? real(0)) },
        }
      },
      bad: ({ flags, instants, levels }, reaction) => {
        const { event } = reaction
        if (event.is !== 'write' || !sensors.has(event.attribute)) return FALSE
        const moved = (direction: Effect['direction']): Term => {
          const [now, then] = [level(reaction), levels['level'] ?? real(0)]
          return direction === 'up' ? gt(now, then) : direction === 'down' ? lt(now, then) : TRUE
        }
        return and(
          flags['acting'] ?? FALSE,
          within(reaction, instants['since'] ?? real(0), window),
          any(effects.map((effect) => and(acts(reaction, 'before', [effect]), moved(effect.direction)))),
          any(reaction.started.filter(({ rule, direct }) => rule === other && direct).map(({ guard }) => guard)),
        )
      },
    }
  },
  severity: () => 'relation',
  text: (subject, never, named) => {
    const { quantity = '', window = 0 } = subject
    const [from = '', to = ''] = pairOf(subject).map(named)
    return never
      ? `what ${from} does to ${quantity} starts ${to} in no run within ${span(window)}`
      : `what ${from} does to ${quantity} starts ${to} within ${span(window)}`
  },
}
