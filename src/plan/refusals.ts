/** Why there is no plan, in the owner's words: which devices, which constraint, and the way to the state that must not be. */
import { UNMANAGED } from '../model/outcome.ts'
import type { WaveChoice, WaveSlot } from './choose-waves.ts'
import type { FoundTroubles } from './find-troubles.ts'
import type { PlanReason, Prepared, Refusal, Words } from './question.ts'
import type { Mixture } from './mixture.ts'
import type { OrderAnswer } from './safe-order.ts'
import type { NamedBudget, NamedScope } from './scopes.ts'
import type { BrokenState, Trouble } from './trouble.ts'
import type { Waiting } from './waiting.ts'

const MOST_NAMED = 5
const MOST_REASONS = 20

/** One reason for each broken state of a core, with the devices in it. */
export function describeOrder(
  answer: Pick<OrderAnswer, 'impossible' | 'undecided'>,
  troubles: readonly Trouble[],
  words: Words,
): readonly PlanReason[] {
  const { mixture } = words
  // What is the same at many places is said once, with the first of them.
  const alike = new Map<string, { readonly reason: PlanReason; readonly more: string[][] }>()
  for (const { states } of answer.impossible)
    for (const { trouble, state } of states) {
      const { origin } = troubles[trouble]!
      const devices = [...new Set([...state.old, ...state.new].map((entry) => mixture.fleet.ids[mixture.changed[entry]!]!))].sort()
      const options = (entries: readonly number[], of: Int32Array): string =>
        [...new Set(entries.map((entry) => of[mixture.changed[entry]!]!))].sort().join(' ')
      const key = `${origin.use}|${origin.says}|${options(state.old, mixture.today)}|${options(state.new, mixture.next)}`
      const known = alike.get(key)
      if (known !== undefined) known.more.push(devices)
      else {
        const where = origin.group === '' ? '' : ` in \`${origin.group}\``
        const reason: PlanReason = {
          kind: troubles[trouble]!.is === 'set' ? 'plan/side-by-side' : 'plan/amount',
          text: `${stateText(state, words)}${where}: ${origin.says}`,
          devices,
          trace: traceOf(troubles[trouble]!, state, words),
          ...placeOf(origin.use, words),
        }
        alike.set(key, { reason, more: [] })
      }
    }
  const impossible = [...alike.values()].slice(0, MOST_REASONS).map(({ reason, more }): PlanReason => {
    if (more.length === 0) return reason
    const text = `${reason.text} (and so at ${more.length} more ${more.length === 1 ? 'place' : 'places'})`
    return { ...reason, text, devices: [...new Set([...reason.devices, ...more.flat()])].sort() }
  })
  const { layers, dependencies } = words.policy
  const own = answer.impossible.some(({ byForced }) => byForced)
    ? [
        ...(layers === undefined
          ? []
          : [{ text: `layer ${layers.order.map((name) => `\`${name}\``).join(' comes before ')}`, at: layers.at }]),
        ...dependencies.map(({ device, goes, at }) => ({ text: `what \`${device.text}\` names goes ${goes}`, at })),
      ].map((one): PlanReason => ({ kind: 'plan/waits', devices: [], trace: [], ...one }))
    : []
  const undecided = answer.undecided.slice(0, MOST_REASONS).map(({ troubles: of, entries, why }): PlanReason => {
    const { origin } = troubles[of[0]!]!
    return {
      kind: 'plan/undecided',
      text: `${entries} devices${origin.group === '' ? '' : ` around \`${origin.group}\``} were not ordered: ${why}`,
      devices: [],
      trace: [],
      ...placeOf(origin.use, words),
    }
  })
  return [...impossible, ...own, ...undecided]
}

function placeOf(use: number, { mixture }: Words): Pick<PlanReason, 'at'> {
  const found = mixture.trial.world.model.constraints.find(({ index }) => index === use)
  return found === undefined ? {} : { at: found.at }
}

/** `` `lamp-1` still runs `eco`, `lamp-2` runs `comfort` already ``. */
function stateText(state: BrokenState, words: Words): string {
  const parts = [...side(state.old, 'old', words), ...side(state.new, 'new', words)]
  return parts.length === 0 ? 'whatever the order' : parts.join(', ')
}

function side(entries: readonly number[], which: 'old' | 'new', words: Words): readonly string[] {
  const { mixture } = words
  const byOption = new Map<number, number[]>()
  for (const entry of entries) {
    const row = mixture.changed[entry]!
    const option = which === 'old' ? mixture.today[row]! : mixture.next[row]!
    byOption.set(option, [...(byOption.get(option) ?? []), entry])
  }
  return [...byOption]
    .sort(([a], [b]) => a - b)
    .map(([option, of]) => {
      const ids = of.map((entry) => mixture.fleet.ids[mixture.changed[entry]!]!).sort()
      const named = ids.slice(0, MOST_NAMED).map((id) => `\`${id}\``)
      const list = ids.length > MOST_NAMED ? `${named.join(', ')} and ${ids.length - MOST_NAMED} more` : named.join(', ')
      const verb = ids.length === 1 ? ['still runs', 'runs'] : ['still run', 'run']
      return which === 'old'
        ? `${list} ${verb[0]!} ${optionName(mixture, option)}`
        : `${list} ${verb[1]!} ${optionName(mixture, option)} already`
    })
}

export function optionName({ trial }: Mixture, option: number): string {
  const { options, model } = trial.world
  if (option < 0 || option === UNMANAGED) return 'what the model does not know'
  const { variant, settings } = options[option]!
  if (variant < 0) return 'nothing'
  const names = Object.keys(settings).sort()
  const { id } = model.variants[variant]!
  return names.length === 0 ? `\`${id}\`` : `\`${id}\` (${names.map((name) => `${name} ${String(settings[name])}`).join(', ')})`
}

/** The steps to the state, then what conflict analysis shows there. */
function traceOf(trouble: Trouble, state: BrokenState, words: Words): readonly string[] {
  const { mixture } = words
  const id = (entry: number): string => `\`${mixture.fleet.ids[mixture.changed[entry]!]!}\``
  const steps = [
    ...state.new
      .slice(0, MOST_NAMED)
      .map((entry) => `${id(entry)} is told, and runs ${optionName(mixture, mixture.next[mixture.changed[entry]!]!)}`),
    ...state.old
      .slice(0, MOST_NAMED)
      .map(
        (entry) =>
          `${id(entry)} still runs ${optionName(mixture, mixture.today[mixture.changed[entry]!]!)}: it was not told yet, or is offline, or failed`,
      ),
  ]
  if (trouble.is === 'sum') return [...steps, `together ${Math.abs(state.amount ?? 0)}, the limit is ${Math.abs(trouble.limit)}`]
  const known = words.apart.find(({ use, groups }) => use === trouble.origin.use && groups.includes(trouble.origin.group))
  const set = known?.sets.findIndex(
    (one) => one.length === trouble.variants.length && one.every(({ variant }) => trouble.variants.includes(variant)),
  )
  return [...steps, ...(known === undefined || set === undefined || set < 0 ? [] : known.trace(set))]
}

export function openReasons(open: FoundTroubles['open'], words: Words): readonly PlanReason[] {
  return open.slice(0, MOST_REASONS).map(({ use, group, why }) => ({
    kind: 'plan/undecided',
    text: `${words.says(use)}${group === '' ? '' : ` in \`${group}\``}: ${why}`,
    devices: [],
    trace: [],
    ...placeOf(use, words),
  }))
}

/** Groups with changes in which nobody may ever be unavailable. */
export function budgetReasons(budgets: readonly NamedBudget[], { mixture }: Words): readonly PlanReason[] {
  const { fleet, changed } = mixture
  return budgets
    .flatMap(({ budget, names, groupOf, most }) =>
      names.flatMap((name, group): readonly PlanReason[] => {
        if (most[group]! >= 1) return []
        const devices = Array.from(changed).flatMap((row, entry) => (groupOf[entry] === group ? [fleet.ids[row]!] : []))
        if (devices.length === 0) return []
        const text = `budget \`${budget.name}\` lets no device of \`${name}\` be unavailable, and ${devices.length === 1 ? `\`${devices[0]!}\` changes` : `${devices.length} devices change`} there`
        return [{ kind: 'plan/budget', text, devices, trace: [], at: budget.at }]
      }),
    )
    .slice(0, MOST_REASONS)
}

/** In declared order, devices that wait for one that is declared for a later wave. */
export function declaredReasons(declared: Int32Array, waiting: Waiting, { mixture, policy }: Words): readonly PlanReason[] {
  const id = (entry: number): string => mixture.fleet.ids[mixture.changed[entry]!]!
  const wave = (entry: number): string => policy.waves[declared[entry]!]?.name ?? policy.rest.name
  const { after, setStart, setMembers } = waiting
  const reasons: PlanReason[] = []
  for (let entry = 0; entry < declared.length && reasons.length < MOST_REASONS; entry++) {
    const set = after[entry]!
    if (set < 0) continue
    const late = setMembers.subarray(setStart[set], setStart[set + 1]).find((other) => declared[other]! > declared[entry]!)
    if (late === undefined) continue
    const text = `\`${id(entry)}\` is declared for wave \`${wave(entry)}\`, and waits for \`${id(late)}\`, which is declared for \`${wave(late)}\``
    reasons.push({
      kind: 'plan/declared-order',
      text,
      devices: [id(entry), id(late)].sort(),
      trace: [],
      at: policy.waves[declared[entry]!]?.at ?? policy.rest.at,
    })
  }
  return reasons
}

export function circleReasons(circle: readonly number[], { question, forced }: Prepared): readonly PlanReason[] {
  const { fleet, changed } = question.mixture
  const ids = circle.map((entry) => fleet.ids[changed[entry]!]!)
  const why = [
    ...new Set(
      circle.flatMap((entry, at) => {
        const then = circle[(at + 1) % circle.length]!
        return forced.filter((edge) => edge.first === entry && edge.then === then).map((edge) => edge.why)
      }),
    ),
  ]
  const around = [...ids, ids[0]!]
    .slice(0, 2 * MOST_NAMED)
    .map((id) => `\`${id}\``)
    .join(' before ')
  return [
    {
      kind: 'plan/circle',
      text: `these wait for one another: ${around}${why.length === 0 ? '' : ` (${why.join('; ')})`}`,
      devices: [...ids].sort(),
      trace: [],
    },
  ]
}

/** Devices that no wave takes: the fullest group of a capacity with its limits, or the waves that select nobody of them. */
export function scopeReasons(
  choice: WaveChoice,
  slots: readonly WaveSlot[],
  scopes: readonly NamedScope[],
  { mixture, policy }: Words,
): Refusal {
  const { fleet, changed } = mixture
  const left = Array.from(changed.keys()).filter((entry) => choice.wave[entry] === -1)
  const reasons: PlanReason[] = []
  const repairs: { text: string }[] = []
  for (const { capacity, names, groupOf, amount, limits } of scopes)
    for (const group of [...new Set(left.map((entry) => groupOf[entry]!))].sort((a, b) => a - b)) {
      if (group < 0) continue
      const inGroup = Array.from(changed.keys()).filter((entry) => groupOf[entry] === group)
      const total = inGroup.reduce((sum, entry) => sum + amount[entry]!, 0)
      const [limit, waves] = [limits[group]!, slots.length]
      const tooLarge = inGroup.filter((entry) => amount[entry]! > limit)
      if (total <= limit * waves && tooLarge.length === 0) continue
      const devices = (tooLarge.length > 0 ? tooLarge : inGroup).map((entry) => fleet.ids[changed[entry]!]!)
      const text =
        tooLarge.length > 0
          ? `capacity \`${capacity.name}\` takes ${limit} of \`${names[group]!}\` in a wave, \`${devices[0]!}\` alone needs ${amount[tooLarge[0]!]!}`
          : `capacity \`${capacity.name}\` takes ${limit} of \`${names[group]!}\` in each of ${waves} waves, ${total} must change`
      reasons.push({ kind: 'plan/capacity', text, devices, trace: [], at: capacity.at })
      if (tooLarge.length === 0 && limit > 0) {
        const needed = Math.ceil(total / limit)
        repairs.push({
          text: `add ${needed - waves} ${needed - waves === 1 ? 'wave' : 'waves'} for the rest: \`rest: {waves: ${needed - policy.waves.length}}\` or \`as-needed\``,
        })
        repairs.push({ text: `raise the limit of \`${capacity.name}\` from ${limit} to ${Math.ceil(total / Math.max(1, waves))}` })
      }
      if (reasons.length >= MOST_REASONS) return { reasons, repairs: distinct(repairs) }
    }
  if (reasons.length > 0) return { reasons, repairs: distinct(repairs) }
  const ids = left.map((entry) => fleet.ids[changed[entry]!]!)
  const nobody = left.filter((entry) => slots.every(({ eligible }) => eligible?.[entry] === 0))
  const unselected = nobody.length > 0
  const named = (unselected ? nobody.map((entry) => fleet.ids[changed[entry]!]!) : ids).slice(0, MOST_NAMED)
  const text = unselected
    ? `no wave selects ${named.map((id) => `\`${id}\``).join(', ')}${nobody.length > MOST_NAMED ? ` and ${nobody.length - MOST_NAMED} more` : ''}`
    : `the waves have no room for ${named.map((id) => `\`${id}\``).join(', ')}${ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : ''}, with all that waits for one another`
  return {
    reasons: [
      {
        kind: unselected ? 'plan/no-wave' : 'plan/no-room',
        text,
        devices: unselected ? nobody.map((entry) => fleet.ids[changed[entry]!]!) : ids,
        trace: [],
      },
    ],
    repairs: [{ text: 'let the rest have a wave: `rest: {waves: 1}`' }],
  }
}

function distinct(repairs: readonly { readonly text: string }[]): readonly { readonly text: string }[] {
  return [...new Map(repairs.map((one) => [one.text, one])).values()]
}
