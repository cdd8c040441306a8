/** Quantities of a behaviour on terms: how fast they may change in a state, and what sensors must have told before time passes. The text at the head of `model/timed-run.ts`. */
import { clauseHolds, clauseOf } from '../../constraints/conflict/states-of-things.ts'
import type { ConflictWords } from '../../constraints/reaction.ts'
import { decimalTerm, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import type { AutomationExpression, Behaviour } from '../model/automation.ts'
import type { Effect, Influence, Observation, StateClause } from '../model/environment.ts'
import { visitParts } from '../model/expression-size.ts'
import { placesAround } from '../model/place-tree.ts'
import { quantityName } from '../model/timed-run.ts'
import { add, all, and, any, ge, gt, implies, ite, le, lt, mul, neg, not, quotient, real, sum } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { awaitedBy } from './conflicts-structure.ts'

export interface Driver {
  readonly effect: Effect
  /** One of them must hold for the effect to get there; empty: nothing is in between. */
  readonly open: readonly StateClause[]
}

export interface Quantity {
  readonly name: string
  readonly influence: Influence
  readonly drivers: readonly Driver[]
}

/** Parts the values of an attribute: those up to the number from those above, or those from it on from those below. */
export interface Threshold {
  readonly at: number
  readonly parts: 'above' | 'from'
}

export interface Sensor {
  readonly observation: Observation
  readonly quantity: string
  readonly integer: boolean
  readonly thresholds: readonly Threshold[]
}

export interface Physics {
  /** By name, sorted. */
  readonly quantities: ReadonlyMap<string, Quantity>
  readonly sensors: ReadonlyMap<string, Sensor>
}

export const physicsIn = (behaviour: Behaviour): Physics => {
  const { observations = [], influences = [] } = behaviour.environment ?? {}
  const types = new Map(behaviour.attributes.map(({ id, type }) => [id, type]))
  const quantities = influences
    .map((influence): Quantity => ({
      name: quantityName(influence.property, influence.place),
      influence,
      drivers: driversOf(behaviour, influence),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const known = new Set(quantities.map(({ name }) => name))
  const sensors = observations.flatMap((observation): readonly (readonly [string, Sensor])[] => {
    const quantity = quantityName(observation.property, observation.place)
    const type = types.get(observation.attribute)
    if (!known.has(quantity) || type === undefined) return []
    const integer = type.is === 'number' && type.integer
    return [[observation.attribute, { observation, quantity, integer, thresholds: thresholdsOf(behaviour, observation.attribute) }]]
  })
  return { quantities: new Map(quantities.map((quantity) => [quantity.name, quantity])), sensors: new Map(sensors) }
}

const driversOf = (behaviour: Behaviour, { property, place }: Influence): readonly Driver[] => {
  const { effects = [], channels = [], places = [] } = behaviour.environment ?? {}
  const byId = new Map(places.map((one) => [one.id, one]))
  return effects
    .filter((effect) => effect.property === property)
    .flatMap((effect): readonly Driver[] => {
      if (placesAround(byId, effect.place).includes(place)) return [{ effect, open: [] }]
      const ways = channels.filter(
        ({ between, properties }) => between.includes(effect.place) && between.includes(place) && properties?.includes(property) !== false,
      )
      if (ways.length === 0) return []
      const closable = ways.flatMap(({ through }) => (through === undefined ? [] : [through]))
      return [{ effect, open: closable.length < ways.length ? [] : closable }]
    })
}

/** Attributes that say how fast the quantity changes. */
export const driversReads = ({ drivers }: Quantity): readonly string[] =>
  drivers.flatMap(({ effect, open }) => [effect.attribute, ...open.map(({ attribute }) => attribute)])

type Look = (attribute: string) => SymbolicValue

const drives = ({ effect, open }: Driver, look: Look, words: ConflictWords): Term => {
  const acts = clauseHolds(clauseOf(effect), look, words)
  return open.length === 0 ? acts : and(acts, any(open.map((clause) => clauseHolds(clause, look, words))))
}

/** What a driver that acts adds to the rate, per hour. */
const pushOf = ({ effect: { direction, rate } }: Driver): { readonly low: Term; readonly high: Term } => {
  const [low, high] = [decimalTerm(rate.low), decimalTerm(rate.high)]
  if (direction === 'up') return { low, high }
  return direction === 'down' ? { low: neg(high), high: neg(low) } : { low: neg(high), high }
}

const HOUR = real(3_600_000)

/** How much the quantity changes in so many milliseconds at least and at most, in a state; drivers for which `but` holds are taken away. */
const changeIn = (
  { influence, drivers }: Quantity,
  milliseconds: Term,
  look: Look,
  words: ConflictWords,
  but: (driver: Driver) => boolean = () => false,
): { readonly low: Term; readonly high: Term } => {
  const over = (rate: Term): Term => mul(quotient(rate, HOUR), milliseconds)
  const acting = drivers.filter((driver) => !but(driver)).map((driver) => ({ when: drives(driver, look, words), push: pushOf(driver) }))
  const total = (outside: number, of: 'low' | 'high'): Term =>
    sum([over(decimalTerm(outside)), ...acting.map(({ when, push }) => ite(when, over(push[of]), real(0)))])
  return { low: total(influence.low, 'low'), high: total(influence.high, 'high') }
}

/** Where `after` can be what `before` has become in so many milliseconds: at a bound of its range it stays. */
export const becomesIn = (quantity: Quantity, before: Term, after: Term, milliseconds: Term, look: Look, words: ConflictWords): Term => {
  const { low, high } = changeIn(quantity, milliseconds, look, words)
  const { least, most } = quantity.influence
  const [down, up] = [add(before, low), add(before, high)]
  return and(
    inRange(quantity, after),
    ge(after, most === undefined ? down : ite(gt(down, decimalTerm(most)), decimalTerm(most), down)),
    le(after, least === undefined ? up : ite(lt(up, decimalTerm(least)), decimalTerm(least), up)),
  )
}

export const inRange = ({ influence: { least, most } }: Quantity, value: Term): Term =>
  and(...(least === undefined ? [] : [ge(value, decimalTerm(least))]), ...(most === undefined ? [] : [le(value, decimalTerm(most))]))

/** Where nothing needs to be reported, with this value reported last. */
export const silent = ({ observation: { reports }, thresholds }: Sensor, last: SymbolicValue, quantity: Term): Term => {
  if (!('within' in reports)) return all([])
  const more = decimalTerm(reports.within)
  return implies(
    last.isNumber,
    all(
      thresholds.map(({ at, parts }) => {
        const bound = decimalTerm(at)
        const beyond = parts === 'from' ? ge(last.number, bound) : gt(last.number, bound)
        return and(implies(beyond, ge(add(quantity, more), bound)), implies(not(beyond), le(quantity, add(bound, more))))
      }),
    ),
  )
}

/** Where the sensor can report the value. */
export const shows = ({ integer }: Sensor, reported: SymbolicValue, quantity: Term): Term => {
  if (!integer) return and(reported.isNumber, le(reported.number, quantity), ge(reported.number, quantity))
  const half = real(1, 2)
  return and(reported.isNumber, le(reported.number, add(quantity, half)), ge(add(reported.number, half), quantity))
}

type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='
const turned: Readonly<Record<Comparison, Comparison>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' }
const isComparison = (operator: string): operator is Comparison => Object.hasOwn(turned, operator)

const tells = (expression: AutomationExpression, attribute: string): boolean =>
  expression.is === 'read'
    ? expression.attribute === attribute
    : expression.is === 'apply' && expression.operator === 'number' && expression.arguments.some((one) => tells(one, attribute))

/** Numbers that rules compare the attribute with, sorted. */
const thresholdsOf = (behaviour: Behaviour, attribute: string): readonly Threshold[] => {
  const found = new Map<string, Threshold>()
  const note = (at: number, ...ways: readonly Threshold['parts'][]): void =>
    ways.forEach((parts) => found.set(`${at} ${parts}`, { at, parts }))
  const look = (expression: AutomationExpression): void =>
    visitParts(expression, (part) => {
      if (part.is !== 'apply' || !isComparison(part.operator) || part.arguments.length !== 2) return
      const [left, right] = part.arguments as readonly [AutomationExpression, AutomationExpression]
      const [own, other, operator] = tells(left, attribute) ? [left, right, part.operator] : [right, left, turned[part.operator]]
      if (!tells(own, attribute) || other.is !== 'value' || typeof other.value !== 'number') return
      if (operator === '==' || operator === '!=') note(other.value, 'above', 'from')
      else note(other.value, operator === '>' || operator === '<=' ? 'above' : 'from')
    })
  for (const { automations } of behaviour.applications)
    for (const automation of automations) {
      look(automation.guard)
      for (const trigger of [...automation.triggers, ...automation.steps.flatMap(awaitedBy)]) {
        if (trigger.on === 'becomes') look(trigger.condition)
        if (trigger.on === 'change' && trigger.attribute === attribute)
          for (const value of [...(trigger.from ?? []), ...(trigger.to ?? [])]) if (typeof value === 'number') note(value, 'above', 'from')
      }
      for (const step of automation.steps) {
        if (step.do === 'set' || step.do === 'let') look(step.value)
        if (step.do === 'branch') step.cases.forEach(({ when }) => look(when))
        if (step.do === 'wait') look(step.until)
      }
    }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, threshold]) => threshold)
}
