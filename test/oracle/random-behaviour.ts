/** Small random behaviours, the same for the same seed: every platform, run mode, trigger and step, dead rules and unmodelled parts included. */
import type {
  Automation,
  AutomationExpression,
  Behaviour,
  Platform,
  Step,
  ThingAttribute,
  Trigger,
  UnmodelledPart,
  Value,
  ValueType,
} from '../../src/model/automation.ts'
import { actuator, any, apply, application, at, bool, enumeration, helper, local, range, read, sensor, val, yes } from './words.ts'

/** Draws numbers in [0, 1), seeded (mulberry32). */
export interface Dice {
  readonly next: () => number
  readonly below: (count: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(items: readonly T[]) => T
}

export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (count: number): number => Math.floor(next() * count)
  return { next, below, chance: (probability) => next() < probability, pick: (items) => items[below(items.length)]! }
}

export interface RandomOptions {
  /** Many waits, awaits, triggers that last and locals of triggers. */
  readonly waiting?: boolean
  /** Without unmodelled parts and `any`: every finding can be decided for good. */
  readonly exact?: boolean
}

/** 2 to 5 automations in 1 or 2 applications over 3 to 5 attributes. */
export function randomBehaviour(seed: number, options: RandomOptions = {}): Behaviour {
  const dice = diceOf(seed)
  const attributes = randomAttributes(dice)
  const count = 2 + dice.below(4)
  const ids = Array.from({ length: count }, (_, at) => `r${at}`)
  // One platform for each application, as in life; some automations are alone with their actuator, so that many behaviours are free of conflicts.
  const applications = ['a', 'b'].slice(0, 1 + dice.below(2))
  const platforms = applications.map(() => dice.pick<Platform>(['native', 'home-assistant', 'node-red']))
  const apart = dice.chance(0.12)
  const unmodelled: UnmodelledPart[] = []
  const automations = ids.map((id, place): Automation => {
    const actuators = attributes.filter(({ role }) => role === 'actuator')
    const writable = [
      ...(apart ? [actuators[place % actuators.length]!] : actuators),
      ...attributes.filter(({ role }) => role === 'helper'),
    ]
    const which = place % applications.length
    return randomAutomation({
      dice,
      id,
      application: applications[which]!,
      platform: platforms[which]!,
      attributes,
      writable,
      later: ids.slice(place + 1),
      exact: options.exact === true,
      waiting: options.waiting === true,
      unmodelled,
    })
  })
  return {
    applications: applications.map((id) => ({
      ...application(
        id,
        automations.filter((one) => one.application === id),
      ),
      unmodelled: unmodelled.filter((part) => automations.some((one) => one.id === part.automation && one.application === id)),
    })),
    attributes,
    exclusions: [],
    assumptions: [],
  }
}

const types = (dice: Dice): ValueType => dice.pick([bool, bool, enumeration('low', 'high', 'off'), range(0, 2), range(0, 2)])
const delivery = (dice: Dice): { delivery: 'state' | 'message' } => ({ delivery: dice.chance(0.25) ? 'message' : 'state' })

function randomAttributes(dice: Dice): readonly ThingAttribute[] {
  const sensors = Array.from({ length: 1 + dice.below(2) }, (_, at) => sensor(`s${at}`, types(dice), delivery(dice)))
  const actuators = Array.from({ length: 1 + dice.below(2) }, (_, at) =>
    actuator(`x${at}`, dice.chance(0.25) ? range(0, 2) : dice.pick([bool, enumeration('low', 'high', 'off')]), {
      ...delivery(dice),
      outside: dice.chance(0.15),
    }),
  )
  const helpers = dice.chance(0.4) ? [helper('h', bool, false, { restored: dice.chance(0.3), ...delivery(dice) })] : []
  return [...sensors, ...actuators, ...helpers]
}

interface Draft {
  readonly dice: Dice
  readonly id: string
  readonly application: string
  readonly platform: Platform
  readonly attributes: readonly ThingAttribute[]
  readonly writable: readonly ThingAttribute[]
  readonly later: readonly string[]
  readonly exact: boolean
  readonly waiting: boolean
  readonly unmodelled: UnmodelledPart[]
}

function randomAutomation(draft: Draft): Automation {
  const { dice, id, application, platform } = draft
  const triggers = Array.from({ length: dice.chance(draft.waiting ? 0.5 : 0.2) ? 2 : 1 }, () => randomTrigger(draft))
  const count = 1 + dice.below(3)
  const steps = Array.from({ length: count }, (_, place): Step => {
    const step = draft.waiting && dice.chance(0.3) ? waitingStep(draft, place, count) : randomStep(draft, place, count)
    return platform === 'node-red' && place > 0 && draft.waiting && dice.chance(0.3) ? { ...step, withPrevious: true } : step
  })
  return {
    id,
    name: `rule ${id}`,
    application,
    platform,
    mode: { run: platform === 'node-red' ? 'parallel' : dice.pick(['single', 'restart', 'queued', 'parallel']), max: 2 },
    triggers,
    guard: dice.chance(0.65) ? yes : randomCondition(draft),
    entry: count > 1 && dice.chance(0.15) ? ['0', '1'] : ['0'],
    steps,
    at,
  }
}

export function valuesOf(type: ValueType): readonly Value[] {
  if (type.is === 'bool') return [false, true]
  if (type.is === 'enum') return type.values
  return [0, 1, 2]
}

function randomCondition(draft: Draft, locals = true): AutomationExpression {
  const { dice, attributes, exact, id, unmodelled } = draft
  const { id: name, type } = dice.pick(attributes)
  const value = dice.pick(valuesOf(type))
  const plain =
    type.is === 'number'
      ? apply(dice.pick(['<', '>=', '==']), read(name), val(value))
      : apply(dice.pick(['==', '!=']), read(name), val(value))
  if (!exact && dice.chance(0.05)) return apply('and', plain, any(bool, partOf(id, unmodelled, [])))
  if (locals && draft.waiting && dice.chance(0.3))
    return dice.pick([
      apply('==', local('trigger.index'), val(dice.pick([0, 1]))),
      apply('==', local('trigger.before'), val(value)),
      apply('!=', local('wait.index'), val(dice.pick<Value>([0, null]))),
      apply('==', local('wait'), val(value)),
    ])
  if (locals && dice.chance(0.1)) return apply('==', local('trigger'), val(value))
  if (dice.chance(0.2)) {
    const other = dice.pick(attributes)
    return apply(dice.pick(['and', 'or']), plain, apply('not', apply('==', read(other.id), val(dice.pick(valuesOf(other.type))))))
  }
  return plain
}

function randomTrigger(draft: Draft): Trigger {
  const { dice, attributes } = draft
  // Most rules listen to the same sensor: conflicts want a common cause.
  const { id: attribute, type } = dice.chance(0.75) ? attributes[0]! : dice.pick(attributes)
  const some = (): { to?: readonly Value[] } => (dice.chance(0.3) ? { to: [dice.pick(valuesOf(type))] } : {})
  const condition = (): AutomationExpression => randomCondition({ ...draft, exact: true }, false)
  if (draft.waiting && dice.chance(0.3))
    return dice.chance(0.5)
      ? { on: 'becomes', condition: condition(), for: val(1000), at }
      : { on: 'change', attribute, ...some(), ...(dice.chance(0.3) ? { from: [dice.pick(valuesOf(type))] } : {}), for: val(1000), at }
  return dice.pick<() => Trigger>([
    () => ({ on: 'change', attribute, ...some(), at }),
    () => ({ on: 'change', attribute, ...some(), at }),
    () => ({ on: 'change', attribute, ...some(), ...(dice.chance(0.3) ? { from: [dice.pick(valuesOf(type))] } : {}), at }),
    () => ({ on: 'message', attribute, at }),
    () => ({ on: 'becomes', condition: randomCondition({ ...draft, exact: true }, false), at }),
    () => ({ on: 'message', attribute, at }),
    () => ({ on: 'change', attribute, at }),
    () => ({ on: 'outside', name: 'button', payload: val(dice.pick([null, true, 1])), at }),
    () => ({ on: 'event', event: 'e', at }),
    () =>
      dice.pick<Trigger>([
        { on: 'time', schedule: '07:00', at },
        { on: 'start', at },
      ]),
    () => (dice.chance(0.5) ? { on: 'never', because: 'no instance', causes: [], at } : { on: 'change', attribute, at }),
    () => (draft.exact ? { on: 'start', at } : { on: 'unmodelled', part: partOf(draft.id, draft.unmodelled, []), at }),
  ])()
}

function partOf(automation: string, unmodelled: UnmodelledPart[], writes: readonly string[]): string {
  const id = `${automation}-part${unmodelled.length}`
  unmodelled.push({ id, automation, at, why: 'random', writes, declared: false })
  return id
}

/** A step that waits for what happens. */
function waitingStep(draft: Draft, place: number, count: number): Step {
  const { dice } = draft
  const next = place + 1 < count ? [String(place + 1)] : []
  const timeout = dice.chance(0.4) ? { timeout: { milliseconds: val(1000), next: dice.chance(0.5) ? next : [] } } : {}
  const frame = { id: String(place), at, next }
  if (dice.chance(0.4)) return { ...frame, do: 'wait', until: randomCondition({ ...draft, exact: true }), ...timeout }
  const triggers = Array.from({ length: 1 + dice.below(2) }, () => randomTrigger(draft))
  return { ...frame, do: 'await', triggers: triggers.filter(({ on }) => on !== 'never'), ...timeout }
}

/** Steps lead only to later steps: loops come from rules that trigger each other. */
function randomStep(draft: Draft, place: number, count: number): Step {
  const { dice, writable, later } = draft
  const following = Array.from({ length: count - place - 1 }, (_, more) => String(place + more + 1))
  const onward = (): readonly string[] =>
    following.length === 0 || dice.chance(0.1) ? [] : dice.chance(0.15) ? following : following.slice(0, 1)
  const frame = { id: String(place), at, next: onward() }
  const target = dice.pick(writable)
  const write = (): Step => ({
    ...frame,
    do: 'set',
    attribute: target.id,
    value: dice.chance(0.1) ? copied(draft, target) : val(dice.pick(valuesOf(target.type))),
  })
  if (dice.chance(0.7)) return write()
  return dice.pick<() => Step>([
    () => ({
      ...frame,
      do: 'branch',
      every: dice.chance(0.3),
      cases: [
        { when: randomCondition(draft), next: onward() },
        { when: randomCondition(draft), next: onward() },
      ].slice(0, 1 + dice.below(2)),
    }),
    () => ({ ...frame, do: 'delay', milliseconds: val(1000) }),
    () => ({
      ...frame,
      do: 'wait',
      until: randomCondition({ ...draft, exact: true }),
      ...(dice.chance(0.5) ? { timeout: { milliseconds: val(1000), next: onward() } } : {}),
    }),
    () => ({ ...frame, do: 'emit', event: 'e' }),
    () => (later.length === 0 ? write() : { ...frame, do: 'call', automation: dice.pick(later) }),
    () =>
      draft.exact ? write() : { ...frame, do: 'unmodelled', part: partOf(draft.id, draft.unmodelled, [target.id]), writes: [target.id] },
    write,
  ])()
}

/** The value of another attribute of the same type, or the target's own. */
function copied({ dice, attributes }: Draft, target: ThingAttribute): AutomationExpression {
  return read(dice.pick(attributes.filter(({ type }) => type.is === target.type.is)).id)
}
