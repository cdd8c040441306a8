/** Quantities of a behaviour: what drives them in a state, what sensors must report of them. The text at the head of `model/timed-run.ts`. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { AutomationExpression, Behaviour, Trigger } from '../model/automation.ts'
import type { Effect, Observation, Place, StateClause } from '../model/environment.ts'
import { quantityName } from '../model/timed-run.ts'
import { indexOf, triggersOf } from './behaviour-index.ts'
import { holds } from './conflict/what-things-do.ts'
import type { Values } from './conflict/what-things-do.ts'
import { compare, exactFromNumber, minus, plus } from './exact.ts'
import type { Exact } from './exact.ts'
import { isNumber } from './values.ts'
import type { Datum } from './values.ts'

export interface Span {
  readonly low: Exact
  readonly high: Exact
}

/** An effect on a quantity, and what must stand open for it to get there: one of the clauses, where there are any. */
export interface Driver {
  readonly effect: Effect
  readonly open: readonly StateClause[]
}

export interface Quantity {
  readonly name: string
  readonly property: string
  readonly place: string
  readonly drivers: readonly Driver[]
  readonly outside: Span
  readonly least?: Exact
  readonly most?: Exact
}

/** A number that parts the values of an attribute: those up to it from those above (`above`), or those from it on from those below. */
export interface Threshold {
  readonly at: Exact
  readonly parts: 'above' | 'from'
}

export interface Sensor {
  readonly observation: Observation
  readonly quantity: string
  readonly integer: boolean
  readonly thresholds: readonly Threshold[]
}

export interface PhysicalWorld {
  readonly quantities: ReadonlyMap<string, Quantity>
  /** By attribute. */
  readonly sensors: ReadonlyMap<string, Sensor>
}

const built = new WeakMap<Behaviour, PhysicalWorld>()

/** What a behaviour's settled environment says of quantities. Throws where a sensor shows one that nothing is said of. */
export function physicsOf(behaviour: Behaviour): PhysicalWorld {
  const known = built.get(behaviour)
  if (known !== undefined) return known
  const world = build(behaviour)
  built.set(behaviour, world)
  return world
}

function build(behaviour: Behaviour): PhysicalWorld {
  const { observations = [], influences = [] } = behaviour.environment ?? {}
  const quantities = new Map(
    influences.map(({ property, place, low, high, least, most }) => {
      const name = quantityName(property, place)
      const outside = { low: exactFromNumber(low), high: exactFromNumber(high) }
      const ends = {
        ...(least === undefined ? {} : { least: exactFromNumber(least) }),
        ...(most === undefined ? {} : { most: exactFromNumber(most) }),
      }
      return [name, { name, property, place, drivers: driversOf(behaviour, property, place), outside, ...ends }] as const
    }),
  )
  const sensors = new Map(
    observations.map((observation) => {
      const { attribute, property, place } = observation
      const quantity = quantityName(property, place)
      if (!quantities.has(quantity))
        throw new EngineError('verify/unsettled', `nothing is said of ${quantity}, which \`${attribute}\` shows`)
      const type = indexOf(behaviour).attributes.get(attribute)?.type
      const integer = type?.is === 'number' && type.integer
      return [attribute, { observation, quantity, integer, thresholds: thresholdsOf(behaviour, attribute) }] as const
    }),
  )
  return { quantities, sensors }
}

function driversOf(behaviour: Behaviour, property: string, place: string): readonly Driver[] {
  const { effects = [], channels = [], places = [] } = behaviour.environment ?? {}
  return effects
    .filter((effect) => effect.property === property)
    .flatMap((effect): readonly Driver[] => {
      if (isWithin(places, effect.place, place)) return [{ effect, open: [] }]
      const ways = channels.filter(
        ({ between, properties }) =>
          between.includes(effect.place) && between.includes(place) && (properties === undefined || properties.includes(property)),
      )
      if (ways.length === 0) return []
      if (ways.some(({ through }) => through === undefined)) return [{ effect, open: [] }]
      return [{ effect, open: ways.flatMap(({ through }) => (through === undefined ? [] : [through])) }]
    })
}

function isWithin(places: readonly Place[], inner: string, outer: string): boolean {
  const seen = new Set<string>()
  for (let at: string | undefined = inner; at !== undefined && !seen.has(at);) {
    if (at === outer) return true
    seen.add(at)
    const here: string = at
    at = places.find(({ id }) => id === here)?.within
  }
  return false
}

/** Whether the effect drives the quantity in this state. */
export function drives({ effect, open }: Driver, look: Values): boolean {
  const { attribute, while: acting } = effect
  const clause: StateClause = { attribute, values: acting.values, ...(acting.above === undefined ? {} : { above: acting.above }) }
  return holds(clause, look) && (open.length === 0 || open.some((one) => holds(one, look)))
}

/** What a driver that acts adds to the rate, per hour. */
export function pushOf({ effect: { direction, rate } }: Driver): Span {
  const [low, high] = [exactFromNumber(rate.low), exactFromNumber(rate.high)]
  const none = exactFromNumber(0)
  if (direction === 'up') return { low, high }
  return direction === 'down' ? { low: minus(none, high), high: minus(none, low) } : { low: minus(none, high), high }
}

/** The rates, per hour, that a quantity can have in this state; `but`: with these drivers taken away. */
export function ratesOf(quantity: Quantity, look: Values, but: (driver: Driver) => boolean = () => false): Span {
  return quantity.drivers
    .filter((driver) => drives(driver, look) && !but(driver))
    .map(pushOf)
    .reduce((sum, push) => ({ low: plus(sum.low, push.low), high: plus(sum.high, push.high) }), quantity.outside)
}

/** The quantity brought back into its declared range. */
export function clamped({ least, most }: Quantity, value: Exact): Exact {
  if (least !== undefined && compare(value, least) < 0) return least
  return most !== undefined && compare(value, most) > 0 ? most : value
}

const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==', '!=': '!=' } as const
type Comparison = keyof typeof mirrored
const isComparison = (operator: string): operator is Comparison => Object.hasOwn(mirrored, operator)

/**
 * The constants that rules compare the attribute with: where one side of a comparison is a number and the other the attribute, or `number` of it; and numbers
 * among `from` and `to` of its triggers. What parts one value from all others parts both ways.
 */
export function thresholdsOf(behaviour: Behaviour, attribute: string): readonly Threshold[] {
  const found = new Map<string, Threshold>()
  const add = (value: number, ...ways: readonly Threshold['parts'][]): void => {
    const at = exactFromNumber(value)
    for (const parts of ways) found.set(`${value} ${parts}`, { at, parts })
  }
  const walk = (expression: AutomationExpression | undefined): void => {
    if (expression?.is !== 'apply') return
    expression.arguments.forEach(walk)
    const { operator, arguments: parts } = expression
    const [left, right] = parts
    if (!isComparison(operator) || parts.length !== 2 || left === undefined || right === undefined) return
    const turned = showsAttribute(right, attribute) && left.is === 'value'
    const constant = turned ? left : showsAttribute(left, attribute) ? right : undefined
    if (constant?.is !== 'value' || typeof constant.value !== 'number') return
    const comparison = turned ? mirrored[operator] : operator
    if (comparison === '==' || comparison === '!=') add(constant.value, 'above', 'from')
    else add(constant.value, comparison === '>' || comparison === '<=' ? 'above' : 'from')
  }
  const listen = (trigger: Trigger): void => {
    if (trigger.on === 'becomes') walk(trigger.condition)
    if (trigger.on !== 'change' || trigger.attribute !== attribute) return
    for (const value of [...(trigger.from ?? []), ...(trigger.to ?? [])]) if (typeof value === 'number') add(value, 'above', 'from')
  }
  for (const { automation } of indexOf(behaviour).automations) {
    walk(automation.guard)
    triggersOf(automation).forEach(listen)
    for (const step of automation.steps) {
      if (step.do === 'set' || step.do === 'let') walk(step.value)
      if (step.do === 'branch') for (const { when } of step.cases) walk(when)
      if (step.do === 'wait') walk(step.until)
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, threshold]) => threshold)
}

const showsAttribute = (expression: AutomationExpression, attribute: string): boolean =>
  expression.is === 'read'
    ? expression.attribute === attribute
    : expression.is === 'apply' && expression.operator === 'number' && expression.arguments.some((one) => showsAttribute(one, attribute))

/** The span of the quantity's values at which nothing has to be reported, with this value reported last. An end that is left out is none. */
export function silence({ observation: { reports }, thresholds }: Sensor, last: Datum): { readonly low?: Exact; readonly high?: Exact } {
  if (!('within' in reports) || !isNumber(last)) return {}
  const more = exactFromNumber(reports.within)
  let low: Exact | undefined
  let high: Exact | undefined
  for (const { at, parts } of thresholds) {
    const side = compare(last, at)
    if (side > 0 || (side === 0 && parts === 'from')) {
      const end = minus(at, more)
      if (low === undefined || compare(end, low) > 0) low = end
    } else {
      const end = plus(at, more)
      if (high === undefined || compare(end, high) < 0) high = end
    }
  }
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) }
}
