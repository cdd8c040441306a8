/**
 * Small random behaviours in time: two to four rules with delays, timers and waits on two actuators, and in every second one a quantity with a sensor.
 * `least`: one to three rules of at most three steps, fewer of them physical.
 */
import type { Automation, AutomationExpression, Behaviour, Trigger } from '../../src/model/automation.ts'
import type { Effect, SettledEnvironment } from '../../src/model/environment.ts'
import { seeded } from '../../src/verify/timed-explore.ts'
import { actuator, apply, behaviour, bool, changed, read, sensor, set, val, type Bare, type BareStep, type Rule } from './words.ts'

/** Multiples of one unit of time, so that deadlines often coincide. */
const SPANS = [1000, 2000, 3000, 5000, 60_000] as const

export function randomTimed(seed: number, size: 'least' | 'usual' = 'usual'): Behaviour {
  const next = seeded(seed)
  const least = size === 'least'
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const physical = next() < (least ? 0.3 : 0.5)
  const sensors = ['s', 'u'].slice(0, 1 + Math.floor(next() * 2))
  const actuators = ['a', 'b'].slice(0, 1 + Math.floor(next() * (least ? 1.4 : 2)))
  const condition = (): AutomationExpression =>
    physical && next() < 0.6
      ? apply(pick(['<', '>', '<=', '>='] as const), read('t'), val(pick([19, 20, 22])))
      : apply('==', read(pick([...sensors, ...(next() < 0.2 ? actuators : [])])), val(next() < 0.7))
  const trigger = (): Bare<Trigger> => {
    const lasts = next() < 0.3 ? { for: val(pick(SPANS)) } : {}
    return next() < 0.4
      ? { ...changed(pick(sensors), next() < 0.8 ? { to: [next() < 0.7] } : {}), ...lasts }
      : { on: 'becomes', condition: condition(), ...lasts }
  }
  const rule = (): Rule => {
    const steps: BareStep[] = []
    const length = 1 + Math.floor(next() * (least ? 2.6 : 3))
    for (let at = 0; at < length; at++) {
      const id = `s${at}`
      const after = at + 1 < length ? [`s${at + 1}`] : []
      const kind = at + 1 === length ? 0 : next()
      if (kind < 0.45) steps.push(set(id, pick(actuators), next() < 0.5, ...after))
      else if (kind < 0.75) steps.push({ id, do: 'delay', milliseconds: val(pick(SPANS)), next: after })
      else if (kind < 0.9)
        steps.push({
          id,
          do: 'wait',
          until: condition(),
          timeout: { milliseconds: val(pick(SPANS)), next: next() < 0.6 ? after : [] },
          next: after,
        })
      else steps.push({ id, do: 'branch', every: false, cases: [{ when: condition(), next: after }], next: [] })
    }
    const run: Automation['mode']['run'] = pick(['single', 'single', 'restart', 'queued', 'parallel'] as const)
    return {
      when: [trigger(), ...(next() < 0.2 ? [trigger()] : [])],
      steps,
      mode: { run, max: 2 },
      ...(next() < 0.3 ? { guard: condition() } : {}),
    }
  }
  const rules = Object.fromEntries(
    Array.from({ length: (least ? 1 : 2) + Math.floor(next() * (least ? 2.4 : 3)) }, (_, at) => [`r${at}`, rule()]),
  )
  const attributes = [
    ...sensors.map((id) => sensor(id, bool, { initial: [false] })),
    ...actuators.map((id) => actuator(id, bool, { initial: [false] })),
    ...(physical ? [sensor('t', { is: 'number', integer: false, low: 0, high: 40 })] : []),
  ]
  const environment = physical ? { environment: world(next, actuators) } : {}
  const made = behaviour(attributes, rules, environment)
  // Priorities where they count.
  return next() < 0.5 ? made : split(made)
}

/** Half of the rules in an application of their own, which is more important. */
function split(of: Behaviour): Behaviour {
  const automations = of.applications.flatMap((application) => application.automations)
  const half = Math.ceil(automations.length / 2)
  const part = (id: string, priority: number, some: readonly Automation[]) => ({
    ...{ id, priority, unmodelled: [], dangling: [] },
    automations: some.map((one) => ({ ...one, application: id })),
  })
  return { ...of, applications: [part('one', 1, automations.slice(0, half)), part('two', 2, automations.slice(half))] }
}

function world(next: () => number, actuators: readonly string[]): SettledEnvironment {
  const effect = (attribute: string, direction: Effect['direction']): Effect => ({
    ...{ property: 'temperature', attribute, thing: attribute, place: 'room', is: 'thing', suggested: false, source: 'the test' },
    ...{ direction, while: { values: [true] }, rate: { low: 3600, high: next() < 0.5 ? 3600 : 7200 } },
  })
  const reports = next() < 0.7 ? { within: 0.5 } : { everyMilliseconds: 2000 }
  return {
    ...{ places: [{ id: 'room', name: 'room' }], channels: [], states: [], claims: [], shared: [], limits: [], groups: [] },
    effects: actuators.map((id, at) => effect(id, at === 0 || next() < 0.5 ? 'up' : 'down')),
    observations: [{ attribute: 't', property: 'temperature', place: 'room', reports }],
    influences: [{ property: 'temperature', place: 'room', low: next() < 0.5 ? 0 : -1800, high: 0, least: 0, most: 40, stated: true }],
    bounds: [{ property: 'temperature', place: 'room', least: 18, most: 21 }],
    timed: [
      {
        ...{ id: 'answer', form: 'leads', says: 'a is switched on soon', hazard: false, milliseconds: 3000 },
        after: { is: 'all', of: [[{ attribute: 's', values: [true] }]] },
        then: { is: 'all', of: [[{ attribute: 'a', values: [true] }]] },
      },
      {
        ...{ id: 'rest', form: 'never-after', says: 'a rests', hazard: false, milliseconds: 2000 },
        after: { is: 'all', of: [[{ attribute: 's', values: [false] }]] },
        then: { is: 'all', of: [[{ attribute: 'a', values: [true] }]] },
      },
    ],
  }
}
