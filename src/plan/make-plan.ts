/** From what runs and what is assigned to a plan: who changes, in which wave, after whom, and the proof that no mixture on the way breaks anything; or why there is none. */
import { placementConstraints } from '../../constraints/placement.ts'
import type { Plan, PlanBudget, SafetyProof } from '../model/plan.ts'
import type { WaveSettings } from '../model/wave-policy.ts'
import { chooseWaves, declaredWaves, stepsIn, type WaveChoice, type WaveQuestion, type WaveSlot } from './choose-waves.ts'
import { estimate } from './estimate.ts'
import { findTroubles, setTroubles } from './find-troubles.ts'
import { duringUses, planChoices, type Mixture } from './mixture.ts'
import { heldBack, safeOrder, type OrderAnswer } from './safe-order.ts'
import { budgetLimits, layerRanks, linkedRows, scopeLimits, waveSlots } from './scopes.ts'
import { arranged, type Draft } from './arrange.ts'
import { budgetReasons, circleReasons, declaredReasons, describeOrder, openReasons, scopeReasons } from './refusals.ts'
import type { PlanOutcome, PlanQuestion, Prepared, Refusal, Words } from './question.ts'
import { brokenState, FREE, type Trouble } from './trouble.ts'
import { levelsOf, waitingBuilder, type Waiting } from './waiting.ts'

export function makePlan(question: PlanQuestion): PlanOutcome {
  const prepared = prepare(question)
  const { open, budgets, words } = prepared
  if (open.length > 0) return { is: 'undecided', reasons: openReasons(open, words) }
  const broken = budgetReasons(budgets, words)
  if (broken.length > 0) return { is: 'impossible', reasons: broken, repairs: [] }
  const declared = declaredOf(prepared)
  const asDeclared = orderWith(prepared, (first, then) => declared[first]! <= declared[then]!)
  if (question.policy.order === 'declared') return asOne(prepared, asDeclared, declared, declared)
  const sure = asDeclared.impossible.length === 0 && asDeclared.undecided.length === 0
  const order = sure ? asDeclared : orderWith(prepared, reachableLater(prepared))
  const outcome = asOne(prepared, order, undefined, declared)
  if (outcome.is !== 'planned') return outcome
  const why = asDeclared.impossible.length === 0 ? undefined : describeOrder(asDeclared, prepared.troubles, words)
  return { ...outcome, ...(why === undefined ? {} : { declared: { reasons: why, repairs: [] } }) }
}

function prepare(question: PlanQuestion): Prepared {
  const { mixture, policy, apart = [] } = question
  const uses = duringUses(mixture)
  const words: Words = {
    mixture,
    choices: planChoices(mixture, question.assignment),
    policy,
    apart,
    says: (use) => becauseOf(mixture, use),
  }
  const found = findTroubles(mixture, uses, { switching: policy.switching, says: words.says })
  const dependencies = policy.dependencies.flatMap(({ device, goes }) =>
    dependencyEdges(mixture, linkedRows(mixture, device), goes, device.text),
  )
  return {
    question,
    troubles: [...found.troubles, ...apart.flatMap((one) => setTroubles(mixture, one))],
    forced: [...found.links.map(({ first, then, use }) => ({ first, then, why: words.says(use) })), ...dependencies],
    ...(policy.layers === undefined ? {} : { ranks: layerRanks(mixture, policy.layers) }),
    slots: waveSlots(mixture, policy),
    scopes: scopeLimits(mixture, policy),
    budgets: budgetLimits(mixture, policy),
    open: found.open,
    words,
  }
}

/** The reason of a use in the words of its kind. */
function becauseOf({ trial }: Mixture, index: number): string {
  const use = trial.world.model.constraints.find((one) => one.index === index)
  const kind = placementConstraints.find(({ id }) => id === use?.kind)
  const parameters = kind?.parameters.safeParse(use?.parameters)
  return kind !== undefined && parameters?.success === true
    ? kind.because(parameters.data, '').replace(/:\s*$/, '')
    : (use?.kind ?? 'a constraint')
}

function dependencyEdges(
  { changed, entryOf }: Mixture,
  linked: Int32Array,
  goes: 'first' | 'last',
  text: string,
): readonly { readonly first: number; readonly then: number; readonly why: string }[] {
  const why = `what \`${text}\` names goes ${goes}`
  return Array.from(changed).flatMap((row, entry) => {
    const there = linked[row]! < 0 ? -1 : entryOf[linked[row]!]!
    if (there < 0 || there === entry) return []
    return [goes === 'first' ? { first: there, then: entry, why } : { first: entry, then: there, why }]
  })
}

/** The wave of each device if nothing had to wait; behind all declared ones where none takes it. */
function declaredOf({ slots, scopes, question }: Prepared): Int32Array {
  const { wave } = declaredWaves(slots, scopes, question.mixture.changed.length)
  return wave.map((one) => (one < 0 ? slots.length : one))
}

/** Whether the first can be in no later wave than the second: where there is a rest, anything can wait for it. */
function reachableLater({ slots, question }: Prepared): (first: number, then: number) => boolean {
  if (question.policy.rest.count !== 0) return () => true
  const may = (entry: number) => slots.flatMap(({ eligible }, slot) => (eligible?.[entry] === 0 ? [] : [slot]))
  return (first, then) => (may(first)[0] ?? Infinity) <= (may(then).at(-1) ?? -1)
}

function orderWith(prepared: Prepared, allowed: (first: number, then: number) => boolean): OrderAnswer {
  const { question, troubles, forced, ranks, slots } = prepared
  const { mixture } = question
  const { changed, today, next } = mixture
  const signature = (entry: number): string => {
    const row = changed[entry]!
    return `${today[row]}>${next[row]} ${slots.map(({ eligible }) => eligible?.[entry] ?? 1).join('')}`
  }
  return safeOrder({
    entries: changed.length,
    troubles,
    forced: forced.map(({ first, then }) => [first, then] as const),
    ...(ranks === undefined ? {} : { ranks }),
    signature,
    allowed,
  })
}

/** The plan under an order, or why the order cannot be walked. */
function asOne(prepared: Prepared, order: OrderAnswer, fixed: Int32Array | undefined, declared: Int32Array): PlanOutcome {
  const { question, troubles, words } = prepared
  const { mixture, policy, assignment } = question
  if (order.impossible.length > 0) return { is: 'impossible', reasons: describeOrder(order, troubles, words), repairs: [] }
  if (order.undecided.length > 0) return { is: 'undecided', reasons: describeOrder(order, troubles, words) }
  const waiting = waitingOf(prepared, order)
  const walked = levelsOf(waiting)
  if ('circle' in walked) return { is: 'impossible', reasons: circleReasons(walked.circle, prepared), repairs: [] }
  const { levels } = walked
  const early = fixed === undefined ? [] : declaredReasons(fixed, waiting, words)
  if (early.length > 0) return { is: 'impossible', reasons: early, repairs: [] }
  const chosen = fixed === undefined ? wavesInOrder(prepared, { waiting, levels }) : wavesAsDeclared(prepared, waiting, levels, fixed)
  if ('reasons' in chosen) {
    // Waves are filled one after the other; that they do not suffice so is no proof that they cannot.
    const proved = chosen.reasons.every(({ kind }) => kind !== 'plan/no-room')
    return proved ? { is: 'impossible', reasons: chosen.reasons, repairs: chosen.repairs } : { is: 'undecided', reasons: chosen.reasons }
  }
  const budgets = allBudgets(prepared, order)
  const draft: Draft = {
    wave: chosen.wave,
    step: stepsIn(chosen.wave, waiting, levels),
    waiting,
    budgets: budgets.map(({ groupOf }) => groupOf),
  }
  const named = (index: number): { readonly name: string; readonly settings: WaveSettings } =>
    policy.waves[index] ??
    (chosen.restWaves > 1 ? { ...policy.rest, name: `${policy.rest.name} ${index - policy.waves.length + 1}` } : policy.rest)
  const { changes, waves } = arranged(mixture, assignment, draft, named)
  const rounds = roundsByWave(changes, budgets, waves.length)
  const plan: Plan = {
    choices: words.choices,
    changes,
    head: {
      formatVersion: 1,
      ...(question.release === undefined ? {} : { release: question.release }),
      devices: mixture.fleet.size,
      changes: changes.count,
      waves: [...waves],
      budgets: budgets.map(({ budget }) => budget),
      safety: proofOf(prepared, order),
      estimate: estimate(
        waves.map(({ devices, steps, soak, rate }, wave) => ({ devices, steps, soak, rate, rounds: rounds[wave]! })),
        policy.deviceTime,
        question.quota,
      ),
    },
  }
  const later = chosen.wave.reduce(
    (sum, wave, entry) => (declared[entry]! < prepared.slots.length && wave > declared[entry]! ? sum + 1 : sum),
    0,
  )
  return { is: 'planned', plan, later }
}

function waitingOf({ question, forced, ranks }: Prepared, order: OrderAnswer): Waiting {
  const builder = waitingBuilder(question.mixture.changed.length)
  for (const { first, then } of order.waits) {
    const list = builder.list(`entries ${first.join(' ')}`, () => first)
    for (const entry of then) builder.wait(entry, list)
  }
  const before = new Map<number, Set<number>>()
  for (const { first, then } of forced) {
    const known = before.get(then)
    if (known === undefined) before.set(then, new Set([first]))
    else known.add(first)
  }
  for (const [then, firsts] of before) {
    const all = [...firsts].sort((a, b) => a - b)
    builder.wait(
      then,
      builder.list(`entries ${all.join(' ')}`, () => all),
    )
  }
  if (ranks !== undefined) {
    const byRank = new Map<number, Map<number, number[]>>()
    ranks.rank.forEach((rank, entry) => {
      const group = ranks.group[entry]!
      if (rank < 0 || group < 0) return
      const layers = byRank.get(group) ?? new Map<number, number[]>()
      byRank.set(group, layers)
      const layer = layers.get(rank)
      if (layer === undefined) layers.set(rank, [entry])
      else layer.push(entry)
    })
    for (const [group, layers] of byRank) {
      const order = [...layers.keys()].sort((a, b) => a - b)
      order.slice(1).forEach((rank, at) => {
        const list = builder.list(`layer ${group} ${order[at]!}`, () => layers.get(order[at]!)!)
        for (const entry of layers.get(rank)!) builder.wait(entry, list)
      })
    }
  }
  return builder.build()
}

type Chosen = (WaveChoice & { readonly restWaves: number }) | Refusal

const MOST_REST = 1000

function wavesInOrder(prepared: Prepared, rest: Pick<WaveQuestion, 'waiting' | 'levels'>): Chosen {
  const { slots, scopes, question, words } = prepared
  const { count } = question.policy.rest
  const ask = { scopes, ...rest }
  const first = chooseWaves({ slots, ...ask })
  if (first.left === 0) return { ...first, restWaves: 0 }
  const more = count === 'as-needed' ? MOST_REST : count
  const most = count === 'as-needed' || count === 0 ? Infinity : Math.ceil(first.left / count)
  const restSlots = Array.from({ length: more }, (): WaveSlot => ({ most }))
  const all = chooseWaves({ slots: [...slots, ...restSlots], ...ask })
  if (all.left === 0) return { ...all, restWaves: all.wave.reduce((last, wave) => Math.max(last, wave + 1 - slots.length), 0) }
  return scopeReasons(all, [...slots, ...restSlots], scopes, words)
}

/** Everyone in the wave that takes it as declared. */
function wavesAsDeclared(prepared: Prepared, waiting: Waiting, levels: Int32Array, declared: Int32Array): Chosen {
  const { slots, scopes, question } = prepared
  const fixed = slots.map((slot, index): WaveSlot => ({
    most: slot.most,
    eligible: Uint8Array.from(declared, (wave) => (wave === index ? 1 : 0)),
  }))
  return wavesInOrder({ ...prepared, slots: fixed, scopes, question }, { waiting, levels })
}

interface EntryBudget {
  readonly budget: PlanBudget
  /** Index into the budget's groups by entry, -1: none. */
  readonly groupOf: Int32Array
}

/** Those of the policy, and those that constraints need where a device counts as nothing while it is changed. */
function allBudgets({ budgets, troubles, words, question }: Prepared, order: OrderAnswer): readonly EntryBudget[] {
  const entries = question.mixture.changed.length
  const own = budgets.map(({ budget, names, groupOf, most }): EntryBudget => {
    const changes = new Float64Array(names.length)
    for (const group of groupOf) if (group >= 0) changes[group]!++
    // Where fewer change than may, nothing has to be watched.
    const kept = names.map((_, group) => changes[group]! > most[group]!)
    return compact(
      { name: budget.name, because: 'the budget of the waves' },
      names,
      groupOf,
      (group) => (kept[group]! ? most[group]! : -1),
      changes,
    )
  })
  const byUse = new Map<number, number[]>()
  for (const trouble of [...order.concurrent.keys()].sort((a, b) => a - b)) {
    const { use } = troubles[trouble]!.origin
    byUse.set(use, [...(byUse.get(use) ?? []), trouble])
  }
  const derived = [...byUse].flatMap(([use, all]) =>
    // Several parts of one group may each need one: a device is in one budget of each list.
    layered(all, troubles).map((list): EntryBudget => {
      const groupOf = new Int32Array(entries).fill(-1)
      const groups = list.map((index, group) => {
        const trouble = troubles[index]!
        const members = trouble.is === 'sum' ? heldBack(trouble) : trouble.members
        for (const entry of members) groupOf[entry] = group
        return { group: trouble.origin.group, most: order.concurrent.get(index)!, changes: members.length }
      })
      return { budget: { name: words.says(use), because: words.says(use), groups }, groupOf }
    }),
  )
  return [...own, ...derived].filter(({ budget }) => budget.groups.length > 0)
}

/** Troubles in as many lists as needed so that no list has two with a device in common. */
function layered(all: readonly number[], troubles: readonly Trouble[]): readonly (readonly number[])[] {
  const lists: { readonly items: number[]; readonly taken: Set<number> }[] = []
  for (const index of all) {
    const { members } = troubles[index]!
    const free = lists.find(({ taken }) => members.every((entry) => !taken.has(entry)))
    const list = free ?? { items: [], taken: new Set<number>() }
    if (free === undefined) lists.push(list)
    list.items.push(index)
    for (const entry of members) list.taken.add(entry)
  }
  return lists.map(({ items }) => items)
}

function compact(
  what: { readonly name: string; readonly because: string },
  names: readonly string[],
  groupOf: Int32Array,
  most: (group: number) => number,
  changes: Float64Array,
): EntryBudget {
  const groups: PlanBudget['groups'] = []
  const position = names.map((group, index) =>
    most(index) < 0 ? -1 : groups.push({ group, most: most(index), changes: changes[index]! }) - 1,
  )
  return { budget: { ...what, groups }, groupOf: groupOf.map((group) => (group < 0 ? -1 : position[group]!)) }
}

/** By wave, how many rounds the tightest group needs. */
function roundsByWave(changes: Plan['changes'], budgets: readonly EntryBudget[], waves: number): readonly number[] {
  const rounds = new Array<number>(waves).fill(0)
  budgets.forEach(({ budget }, index) => {
    const counts = new Map<number, number>()
    changes.budgetGroup[index]!.forEach((group, entry) => {
      if (group < 0) return
      const key = changes.wave[entry]! * budget.groups.length + group
      counts.set(key, (counts.get(key) ?? 0) + 1)
    })
    for (const [key, count] of counts) {
      const wave = Math.floor(key / budget.groups.length)
      rounds[wave] = Math.max(rounds[wave]!, Math.ceil(count / Math.max(1, budget.groups[key % budget.groups.length]!.most)))
    }
  })
  return rounds
}

/** Whether some mixture breaks it where nobody waits. */
function needsOrder(trouble: Trouble): boolean {
  return brokenState(trouble, () => FREE) !== undefined
}

function proofOf({ question, troubles, words }: Prepared, order: OrderAnswer): SafetyProof {
  const { mixture, proof = {} } = question
  const during = duringUses(mixture).map(({ use, demand }) => {
    const own = troubles.flatMap((trouble, index) => (trouble.origin.use === use.index ? [index] : []))
    const ordered = new Set(own.filter((index) => needsOrder(troubles[index]!)).map((index) => troubles[index]!.origin.group)).size
    const paced = own.some((index) => order.concurrent.has(index))
    const by =
      own.length === 0 ? 'any order' : [...(ordered > 0 ? ['waiting'] : []), ...(paced ? ['budget'] : [])].join(' and ') || 'any order'
    return { use: use.index, kind: use.kind, says: words.says(use.index), groups: demand.groups.length, ordered, by }
  })
  return {
    during,
    compositions: proof.compositions ?? [],
    keptApart: proof.keptApart ?? [],
    standing: proof.standing ?? [],
    assumptions: [
      'a device that was verified stays on what was verified, or is gone, until it is told otherwise',
      'a device that was told may still be on the old variant, on the new one, between both, or gone, for as long as it is not verified',
      question.policy.switching === 'replace'
        ? 'a device stops the old variant before it starts the new one'
        : 'a device may run the old and the new variant at once while it changes',
      ...(proof.assumptions ?? []),
    ],
  }
}
