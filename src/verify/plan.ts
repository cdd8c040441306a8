/**
 * Checks a plan against the raw model: it is exactly what differs, its waves keep what they were declared to keep, and in every mixture of old and new that it
 * allows what must hold does. Written apart from the planner; what fights is taken from the plan's own list of sets, and only that it is complete is checked.
 */
import type { Assignment } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { UNMANAGED } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import type { WavePolicy } from '../model/wave-policy.ts'
import { byVariant, membersAt, type Counts, type Demand, type Together, type TogetherSet } from './demand.ts'
import { readTrial, type Trial } from './judge.ts'
import { optionsOfChoices } from './options.ts'
import { largestSum, setCanMeet, violatedBy, type Changing } from './plan-mixtures.ts'
import { readWaits, type Waits } from './plan-waits.ts'
import { checkPlanWaves } from './plan-waves.ts'
import { todayOf } from './read-world.ts'

export interface PlanCheck {
  readonly holds: boolean
  /** The first things that are wrong, one sentence each. */
  readonly problems: readonly string[]
}

const MOST_PROBLEMS = 20

export function verifyPlan(model: FleetModel, fleet: Fleet, assignment: Assignment, plan: Plan, policy: WavePolicy): PlanCheck {
  const problems: string[] = []
  const trial = readTrial(model, fleet)
  const sides = readSides(trial, assignment)
  const changeOf = matchChanges(sides, fleet, assignment, plan, problems)
  if (problems.length === 0) {
    const waits = readWaits(plan.changes, problems)
    checkPlanWaves(model, fleet, plan, policy, waits, changeOf, problems)
    checkMixtures({ trial, plan, policy, waits, changeOf, ...sides }, problems)
  }
  return { holds: problems.length === 0, problems: problems.slice(0, MOST_PROBLEMS) }
}

interface Sides {
  readonly today: Int32Array
  readonly next: Int32Array
}

function readSides({ world }: Trial, { choices, chosen }: Assignment): Sides {
  const optionOf = optionsOfChoices(world.model, world.options, choices)
  const today = todayOf(world)
  const next = today.slice()
  for (let row = 0; row < world.size; row++) {
    const option = optionOf[chosen[row]!] ?? -1
    if (option === UNMANAGED || world.left[row] === 1) continue
    next[row] = option
    // Whatever today's settings are that nobody told, they are not changed by choosing them.
    if (option >= 0 && world.runs.same[world.runs.of[row]! * world.options.length + option] === 1) today[row] = option
  }
  return { today, next }
}

/** The change of every row, -1 where it stays. */
function matchChanges(
  { today, next }: Sides,
  fleet: Fleet,
  { choices, chosen }: Assignment,
  { choices: named, changes }: Plan,
  problems: string[],
): Int32Array {
  const changeOf = new Int32Array(fleet.size).fill(-1)
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  for (let at = 0; at < changes.count; at++) {
    const id = changes.ids[at]!
    const row = rowOf.get(id)
    if (row === undefined || changeOf[row] !== -1) {
      problems.push(row === undefined ? `no device is called \`${id}\`` : `\`${id}\` stands twice`)
      continue
    }
    changeOf[row] = at
    const [wanted, told] = [choices[chosen[row]!], named[changes.to[at]!]]
    if (today[row] === next[row]) problems.push(`\`${id}\` runs what it should, and is changed`)
    else if (
      told === undefined ||
      wanted === undefined ||
      told.variant !== wanted.variant ||
      told.outcome !== wanted.outcome ||
      !sameSettings(told.settings, wanted.settings)
    )
      problems.push(`\`${id}\` is told something else than what is assigned`)
  }
  for (let row = 0; row < fleet.size; row++)
    if (today[row] !== next[row] && changeOf[row] === -1) problems.push(`\`${fleet.ids[row]!}\` should change, and does not`)
  return changeOf
}

function sameSettings(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

interface Question extends Sides {
  readonly trial: Trial
  readonly plan: Plan
  readonly policy: WavePolicy
  readonly waits: Waits
  readonly changeOf: Int32Array
}

function checkMixtures(question: Question, problems: string[]): void {
  const { trial, today } = question
  for (const { use, demand } of trial.held) {
    const held = use.during ?? (use.policy.is === 'do-not-worsen' || demand.is === 'amounts' || demand.is === 'together')
    if (use.policy.is === 'soft' || !held) continue
    const allowed = violatedBy(demand, today, trial.world.options.length)
    const say = (group: string): void =>
      void problems.push(`constraints[${use.index}] can be broken on the way${group === '' ? '' : ` in \`${group}\``}`)
    checkDemand(question, demand, allowed, say)
  }
  checkApart(question, problems)
}

function checkDemand(question: Question, demand: Demand, allowed: Float64Array, say: (group: string) => void): void {
  const { trial, today, next, changeOf, waits, policy } = question
  const width = trial.world.options.length
  switch (demand.is) {
    case 'amounts': {
      const amount = (row: number, option: number): number => (option < 0 ? 0 : demand.amount[demand.kindOf[row]! * width + option]!)
      const extra = policy.switching === 'overlap' ? (a: number, b: number) => Math.min(a, b) : () => 0
      sums(question, demand.groupOf, demand.groups.length, amount, extra, (group, worst) => {
        if (worst > Math.max(demand.upper[group]!, sumToday(question, demand.groupOf, group, amount))) say(demand.groups[group]!)
      })
      return
    }
    case 'counts':
      checkCounts(question, demand, say)
      return
    case 'together':
      for (const set of demand.sets)
        meetings(question, demand, set, (group) => {
          if (allowed[group] === 0) say(demand.groups[group]!)
        })
      return
    case 'links':
      demand.from.forEach((from, link) => {
        const to = demand.to[link]!
        const [own, there] = [changeOf[from]!, changeOf[to]!]
        if (own < 0 || there < 0 || own === there) return
        const holds = (a: Int32Array, b: Int32Array): boolean => demand.holds(demand.kindOf[link]!, a[from]!, b[to]!)
        if (!holds(today, today)) return
        if ((!holds(today, next) && !waits.before(own, there)) || (!holds(next, today) && !waits.before(there, own)))
          say(trial.world.fleet.ids[from]!)
      })
      return
    case 'forbidden':
      return
  }
}

function checkCounts(question: Question, demand: Counts, say: (group: string) => void): void {
  const { groupOf, groups, parts, partOf, lower, upper } = demand
  for (let part = 0; part < parts.length; part++) {
    const inPart = (_: number, option: number): number => (option >= 0 && partOf[option] === part ? 1 : 0)
    const outside = (row: number, option: number): number => -inPart(row, option)
    const at = (group: number): number => group * parts.length + part
    sums(
      question,
      groupOf,
      groups.length,
      inPart,
      () => 0,
      (group, worst) => {
        if (worst > Math.max(upper[at(group)]!, sumToday(question, groupOf, group, inPart))) say(groups[group]!)
      },
    )
    sums(
      question,
      groupOf,
      groups.length,
      outside,
      (a, b) => -Math.max(a, b),
      (group, worst) => {
        if (worst > Math.max(-lower[at(group)]!, sumToday(question, groupOf, group, outside))) say(groups[group]!)
      },
    )
  }
}

function sumToday({ today }: Question, groupOf: Int32Array, group: number, value: (row: number, option: number) => number): number {
  return groupOf.reduce((sum, own, row) => (own === group ? sum + value(row, today[row]!) : sum), 0)
}

/** Calls `look` with the worst sum of every group in which something changes and the plain sum of all worst cases is not the same as today's and tomorrow's. */
function sums(
  question: Question,
  groupOf: Int32Array,
  size: number,
  value: (row: number, option: number) => number,
  extra: (before: number, after: number) => number,
  look: (group: number, worst: number) => void,
): void {
  const { today, next, changeOf, waits, plan } = question
  const base = new Float64Array(size)
  const most = new Float64Array(size)
  const now = new Float64Array(size)
  const then = new Float64Array(size)
  const members = new Map<number, (Changing & { readonly extra: number })[]>()
  groupOf.forEach((group, row) => {
    if (group < 0) return
    const [a, b] = [value(row, today[row]!), value(row, next[row]!)]
    now[group]! += a
    then[group]! += b
    if (changeOf[row]! < 0) base[group]! += a
    else {
      const own = { change: changeOf[row]!, old: a, new: b, extra: extra(a, b) }
      most[group]! += Math.max(a, b) + own.extra
      const list = members.get(group)
      if (list === undefined) members.set(group, [own])
      else list.push(own)
    }
  })
  for (const [group, all] of members) {
    const plain = base[group]! + most[group]!
    // Where nothing is added by mixing, no wait is needed.
    if (plain <= Math.max(now[group]!, then[group]!)) continue
    const largest = all.reduce((sum, one) => Math.max(sum, one.extra), 0)
    const together = largest === 0 ? 0 : Math.min(all.filter((one) => one.extra > 0).length, budgetOf(plan, all))
    look(group, Math.min(plain, largestSum(base[group]!, all, waits) + largest * together))
  }
}

/** How many of the devices one budget lets be under way at once. */
function budgetOf({ changes, head }: Plan, all: readonly (Changing & { readonly extra: number })[]): number {
  const held = all.filter((one) => one.extra > 0)
  let least = Infinity
  head.budgets.forEach(({ groups }, budget) => {
    const own = new Set(held.map(({ change }) => changes.budgetGroup[budget]![change]!))
    // Only one group for all of them bounds them all.
    if (own.size === 1 && !own.has(-1)) least = Math.min(least, groups[[...own][0]!]!.most)
  })
  return least
}

function meetings({ today, next, changeOf, waits }: Question, demand: Together, whole: TogetherSet, say: (group: number) => void): void {
  const { groupOf, groups } = demand
  const set = whole.filter(({ absent }) => absent !== true)
  const absent = whole.filter((one) => one.absent === true).map(({ variant }) => variant)
  const of = (row: number, option: number): number => {
    const own = membersAt(demand, row, option)
    return set.findIndex(({ variant }) => own.includes(variant))
  }
  const steady = groups.map(() => undefined as number[] | undefined)
  // A device that stays and is one of those that the set is forbidden without keeps its place from ever having the set; of those that change nobody knows.
  const never = new Uint8Array(groups.length)
  const changing = new Map<number, Changing[]>()
  groupOf.forEach((group, row) => {
    if (group < 0) return
    const [a, b] = [of(row, today[row]!), of(row, next[row]!)]
    if (changeOf[row]! < 0 && membersAt(demand, row, today[row]!).some((one) => absent.includes(one))) never[group] = 1
    if (changeOf[row]! < 0) {
      if (a >= 0) (steady[group] ??= set.map(() => 0))[a]!++
      return
    }
    if (a < 0 && b < 0) return
    const own = { change: changeOf[row]!, old: a, new: b }
    const list = changing.get(group)
    if (list === undefined) changing.set(group, [own])
    else list.push(own)
  })
  for (const [group, all] of changing)
    if (
      never[group] === 0 &&
      setCanMeet(
        set.map(({ times }) => times),
        steady[group] ?? set.map(() => 0),
        all,
        waits,
      )
    )
      say(group)
}

/** Sets that the plan says it keeps apart never meet, and every other set that can was proved or stands together today. */
function checkApart(question: Question, problems: string[]): void {
  const { plan, trial, today } = question
  const { model, options } = trial.world
  const index = new Map(model.variants.map(({ id }, at) => [id, at]))
  for (const { use, demand } of trial.held) {
    if (demand.is !== 'together' || demand.sets.length > 0 || use.policy.is === 'soft') continue
    for (const { variants } of plan.head.safety.keptApart) {
      const set = variants.map((id) => ({ variant: index.get(id)!, times: 1 }))
      const kept = { ...demand, ...byVariant(trial.world), sets: [set] }
      const standing = violatedBy(kept, today, options.length)
      meetings(question, kept, set, (group) => {
        if (standing[group] === 0) problems.push(`${variants.join(' and ')} can meet in \`${demand.groups[group]!}\``)
      })
    }
    checkListed(question, demand.groupOf, demand.groups, problems)
  }
}

/** Every set of two or more variants with behaviours that could meet at a place where something changes is named in the plan: as proved, kept apart or standing, or it holds one of the latter two. */
function checkListed(
  { plan, trial, today, next, changeOf }: Question,
  groupOf: Int32Array,
  groups: readonly string[],
  problems: string[],
): void {
  const { model, options } = trial.world
  const acts = options.map(({ variant }) => variant >= 0 && model.variants[variant]!.behaviour !== undefined)
  const at = groups.map(() => ({ variants: new Set<number>(), changes: false }))
  groupOf.forEach((group, row) => {
    if (group < 0) return
    for (const option of [today[row]!, next[row]!])
      if (option >= 0 && acts[option] === true) at[group]!.variants.add(options[option]!.variant)
    if (changeOf[row]! >= 0) at[group]!.changes = true
  })
  const { compositions, keptApart, standing } = plan.head.safety
  const proved = new Set(compositions.map(({ variants }) => [...variants].sort().join('\n')))
  const fighting = [...keptApart, ...standing].map(({ variants }) => variants)
  const seen = new Set<string>()
  at.forEach(({ variants, changes }, group) => {
    const all = [...variants].map((variant) => model.variants[variant]!.id).sort()
    const key = all.join('\n')
    if (!changes || seen.has(key)) return
    seen.add(key)
    for (let mask = 0; mask < 2 ** Math.min(all.length, 20); mask++) {
      const subset = all.filter((_, bit) => (mask & (1 << bit)) !== 0)
      if (subset.length < 2 || proved.has(subset.join('\n')) || fighting.some((set) => set.every((id) => subset.includes(id)))) continue
      problems.push(`nobody proved what ${subset.join(' and ')} do together in \`${groups[group]!}\``)
      return
    }
  })
}
