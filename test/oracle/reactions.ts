/**
 * What conflicts mean, by exhaustion: every reachable state of a small behaviour, every outside event in it, every open choice. Stands on `step` alone.
 * Values of `any`, `text` and numbers without a small range are out of its reach: it throws rather than guess. Beyond its limits it answers nothing.
 */
import type { Behaviour, Value, ValueType } from '../../src/model/automation.ts'
import type { OutsideEvent } from '../../src/model/conflict.ts'
import { startState, stateKey, step } from '../../src/verify/interpreter.ts'
import type { Chooser, Reaction, State, Write } from '../../src/verify/interpreter.ts'

export interface Reachable {
  /** Each `attribute|rule|rule`, rules in order: one reaction in which both command the actuator, with different values. */
  readonly k1: ReadonlySet<string>
  readonly k2: ReadonlySet<string>
  /** Each `attribute|rule`: one run commands it to different values in one reaction. */
  readonly k3: ReadonlySet<string>
  /** Rules that no reaction starts. */
  readonly k17: ReadonlySet<string>
  readonly states: number
}

/** Complete where it answers: undefined beyond `states` states, or beyond `reactions` reactions of one state to one event. */
export function reachable(behaviour: Behaviour, limit = { states: 2_000, reactions: 500, steps: 80 }): Reachable | undefined {
  const rules = behaviour.applications.flatMap(({ automations }) => automations)
  const [k1, k2, k3] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const dead = new Set(rules.map(({ id }) => id))
  const states = explore(
    behaviour,
    (_, reaction) => {
      for (const { automation } of reaction.started) dead.delete(automation)
      for (const [a, b] of fights(behaviour, reaction)) {
        if (a.automation !== b.automation)
          (typeof a.after === 'number' && typeof b.after === 'number' ? k2 : k1).add(
            [a.attribute, ...[a.automation, b.automation].sort()].join('|'),
          )
        else if (a.run === b.run) k3.add(`${a.attribute}|${a.automation}`)
      }
      return true
    },
    limit,
  )
  return states === undefined ? undefined : { k1, k2, k3, k17: dead, states }
}

/** Shows every reaction of every reachable state, and answers how many states there are; undefined beyond the limits, or where `see` has enough. */
export function explore(
  behaviour: Behaviour,
  see: (before: State, reaction: Reaction) => boolean,
  limit = { states: 2_000, reactions: 500, steps: 400 },
): number | undefined {
  const seen = new Map<string, State>()
  const visit = (state: State): unknown => seen.has(stateKey(state)) || seen.set(stateKey(state), state)
  for (const start of starts(behaviour)) visit(start)
  // A map is walked in the order of insertion, and sees what is added meanwhile.
  for (const state of seen.values()) {
    if (seen.size > limit.states) return undefined
    for (const event of outside(behaviour, state)) {
      let count = 0
      for (const reaction of everyReaction((chooser) => step(behaviour, state, event, chooser, 0, limit.steps))) {
        if (++count > limit.reactions || !see(state, reaction)) return undefined
        if (!reaction.loop) visit(reaction.state)
      }
    }
  }
  return seen.size
}

function fights(behaviour: Behaviour, { writes }: Reaction): readonly (readonly [Write, Write])[] {
  const [actuators, helpers] = ['actuator', 'helper'].map(
    (wanted) => new Set(behaviour.attributes.filter(({ role }) => role === wanted).map(({ id }) => id)),
  )
  // Of helpers only what one run sets twice.
  const asked = (a: Write, b: Write): boolean => actuators!.has(a.attribute) || (helpers!.has(a.attribute) && a.run === b.run)
  return writes.flatMap((a, i) =>
    writes.slice(i + 1).flatMap((b) => (a.attribute === b.attribute && a.after !== b.after && asked(a, b) ? [[a, b] as const] : [])),
  )
}

function outside(behaviour: Behaviour, state: State): readonly OutsideEvent[] {
  const writes = behaviour.attributes
    .filter((attribute) => attribute.outside)
    .flatMap(({ id, type }) => values(type).map((value): OutsideEvent => ({ is: 'write', attribute: id, value })))
  const pulls = behaviour.applications.flatMap(({ automations }) =>
    automations.flatMap(({ id, triggers }) =>
      triggers.flatMap((source, trigger): OutsideEvent[] => {
        if (source.on === 'time' || source.on === 'unmodelled') return [{ is: 'pull', automation: id, trigger, payload: null }]
        if (source.on !== 'outside') return []
        if (source.payload.is !== 'value' && source.payload.is !== 'any') throw new Error('a payload that is computed')
        return (source.payload.is === 'value' ? [source.payload.value] : values(source.payload.type)).map((payload) => ({
          is: 'pull',
          automation: id,
          trigger,
          payload,
        }))
      }),
    ),
  )
  const resumes = state.waiting.flatMap(({ automation, step }, at): OutsideEvent[] => {
    const nth = state.waiting.slice(0, at).filter((before) => before.automation === automation && before.step === step).length
    const waits = behaviour.applications
      .flatMap(({ automations }) => automations)
      .find(({ id }) => id === automation)
      ?.steps.find(({ id }) => id === step)
    const pulled = (waits?.do === 'await' ? waits.triggers : []).flatMap((source, trigger) =>
      (source.on === 'outside' && source.payload.is === 'value' ? [source.payload.value] : [null]).map((payload): OutsideEvent => ({
        is: 'resume',
        automation,
        step,
        nth,
        timedOut: false,
        trigger,
        payload,
      })),
    )
    return [...[false, true].map((timedOut): OutsideEvent => ({ is: 'resume', automation, step, nth, timedOut })), ...pulled]
  })
  const due = state.timers.map(({ automation, trigger }): OutsideEvent => ({ is: 'due', automation, trigger }))
  return [...writes, ...pulls, ...resumes, ...due, { is: 'restart' }]
}

/** All reactions that differ in an open choice: replays with one more choice fixed each time, depth first. Events that are not admissible have none. */
function* everyReaction(react: (chooser: Chooser) => Reaction): Generator<Reaction> {
  const open: number[][] = [[]]
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const taken = [...prefix]
    let asked = 0
    const pick = <T>(options: readonly T[]): T => {
      if (asked === taken.length) {
        for (let other = options.length - 1; other > 0; other--) open.push([...taken, other])
        taken.push(0)
      }
      return options[taken[asked++]!]!
    }
    try {
      yield react(chooserOf(pick))
    } catch (error) {
      if ((error as { code?: string }).code !== 'verify/not-admissible') throw error
    }
  }
}

const chooserOf = (pick: <T>(options: readonly T[]) => T): Chooser => ({
  value: (_, type, among) => pick(among ?? values(type)),
  write: (_, __, type) => pick([{ none: true as const }, ...values(type)]),
  goOn: () => pick([true, false]),
  order: (automations, kept) =>
    pick(permutations(automations).filter((order) => order.filter((id) => kept.includes(id)).every((id, at) => id === kept[at]))),
})

function permutations(ids: readonly string[]): readonly (readonly string[])[] {
  return ids.length < 2 ? [ids] : ids.flatMap((id) => permutations(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]))
}

function values(type: ValueType): readonly Value[] {
  if (type.is === 'bool') return [false, true]
  if (type.is === 'enum' && !type.other) return type.values
  if (type.is === 'number' && type.integer && type.low !== undefined && type.high !== undefined && type.high - type.low < 20) {
    return Array.from({ length: type.high - type.low + 1 }, (_, at) => type.low! + at)
  }
  throw new Error('a type without few values')
}

function starts(behaviour: Behaviour): readonly State[] {
  let records: Record<string, Value>[] = [{}]
  for (const { id, type, initial, outside } of behaviour.attributes) {
    const options = initial === undefined || outside ? values(type) : initial
    records = records.flatMap((record) => options.map((value) => ({ ...record, [id]: value })))
  }
  return records.map((initial) => {
    const read = startState(behaviour, initial)
    if (!read.ok) throw new Error(read.diagnostics[0]?.message)
    return read.value
  })
}
