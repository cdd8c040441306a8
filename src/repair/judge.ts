/** Whether a changed behaviour is a repair: the conflict is gone, nothing new came, and everything that could act still can. Asks whoever decides conflicts; believes no candidate. */
import type { Automation, Behaviour } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import { automationsOf } from './conditions.ts'

export interface Judging {
  readonly before: Behaviour
  readonly after: Behaviour
  /** What was found before the change, of every kind. */
  readonly found: readonly Finding[]
  readonly finding: Finding
  /** Automations that the change touches. */
  readonly touched: readonly string[]
}

export interface Judgement {
  /** Why it is no repair, one sentence; absent: it is one. */
  readonly wrong?: string
  /** Questions that were decided for it. */
  readonly questions: number
  /** Rules, branches and triggers that a run shows to live. */
  readonly alive: number
}

/** Findings of all kinds in a behaviour. */
export type Check = (behaviour: Behaviour) => Promise<readonly Finding[]>

const keyOf = ({ kind, subject }: Finding): string => `${kind}\n${subject}`

/**
 * What a finding is about, in words that moving lines do not change: steps are named after their lines in some formats. Of a step of a changed rule only the rule counts, and with it any
 * step of it.
 */
function stableKey({ kind, subject, rules }: Finding, automations: ReadonlyMap<string, Automation>, touched: readonly string[]): string {
  for (const rule of rules)
    if (subject.startsWith(`${rule}/`)) {
      const at = automations.get(rule)?.steps.findIndex(({ id }) => subject === `${rule}/${id}`) ?? -1
      if (at >= 0) return `${kind}\n${rule} step ${touched.includes(rule) ? '' : at}`
    }
  return `${kind}\n${subject}`
}

/** Rules that nothing touches must be as they were: a change that reaches further than it says is none to offer. */
export function changedElsewhere({ before, after, touched }: Pick<Judging, 'before' | 'after' | 'touched'>): string | undefined {
  const [old, now] = [automationsOf(before), automationsOf(after)]
  for (const [id, automation] of old) {
    const same = now.get(id)
    if (same === undefined) return `\`${id}\` would be gone`
    if (!touched.includes(id) && plain(automation) !== plain(same)) return `\`${id}\` would change, too`
  }
  const added = [...now.keys()].find((id) => !old.has(id))
  return added === undefined ? undefined : `\`${added}\` would be there besides`
}

/** Steps and parts keep what they do, though their names may be those of lines that moved. */
function plain(automation: Automation): string {
  const numbers = new Map(automation.steps.map(({ id }, at) => [id, `step ${at}`]))
  const parts = new Map<string, string>()
  return JSON.stringify(automation, (key, value: unknown) => {
    if (key === 'at') return undefined
    if (key === 'part' && typeof value === 'string') {
      if (!parts.has(value)) parts.set(value, `part ${parts.size}`)
      return parts.get(value)
    }
    if (key === 'id' && typeof value === 'string') return numbers.get(value) ?? value
    if ((key === 'next' || key === 'entry') && Array.isArray(value)) return value.map((one: unknown) => numbers.get(String(one)) ?? one)
    return value
  })
}

/** `deadOrNot`: findings of K17 in a behaviour. */
export async function judge({ before, after, found, finding, touched }: Judging, check: Check, deadOrNot: Check): Promise<Judgement> {
  const elsewhere = changedElsewhere({ before, after, touched })
  if (elsewhere !== undefined) return { wrong: elsewhere, questions: 0, alive: 0 }
  const now = await check(after)
  const own = now.find((one) => keyOf(one) === keyOf(finding))
  const counts = { questions: now.length, alive: now.filter(({ id, verdict }) => id === 'K17' && verdict === 'proved').length }
  if (own !== undefined && own.verdict !== 'proved') return { wrong: `it is still there: ${own.verdict}`, ...counts }
  const [old, fresher] = [automationsOf(before), automationsOf(after)]
  const open = new Set(found.filter(({ verdict }) => verdict !== 'proved').map((one) => stableKey(one, old, touched)))
  // Which rule reads what another writes is wanted where it repairs.
  const fresh = now.find((one) => one.verdict !== 'proved' && one.severity !== 'relation' && !open.has(stableKey(one, fresher, touched)))
  if (fresh !== undefined) return { wrong: `${fresh.id} would be new (${fresh.verdict}): ${fresh.text}`, ...counts }
  const lost = lostLife(
    found,
    now,
    touched,
    (one) => stableKey(one, old, touched),
    (one) => stableKey(one, fresher, touched),
  )
  if (lost !== undefined) return { wrong: lost, ...counts }
  const still = await triggersLive(before, after, touched, deadOrNot)
  return still.wrong === undefined
    ? { questions: counts.questions, alive: counts.alive + still.alive }
    : { wrong: still.wrong, questions: counts.questions, alive: counts.alive + still.alive }
}

/** What a run showed to live is shown to live again, and so is everything in the changed rules of which nobody knew before that it is dead. */
function lostLife(
  found: readonly Finding[],
  now: readonly Finding[],
  touched: readonly string[],
  before: (one: Finding) => string,
  after: (one: Finding) => string,
): string | undefined {
  const claims = (list: readonly Finding[]): readonly Finding[] => list.filter(({ id }) => id === 'K17')
  const lived = new Set(
    claims(found)
      .filter(({ verdict }) => verdict === 'proved')
      .map(before),
  )
  const dead = new Set(
    claims(found)
      .filter(({ verdict }) => verdict !== 'proved')
      .map(before),
  )
  for (const one of claims(now)) {
    if (one.verdict === 'proved') continue
    const key = after(one)
    const changed = one.rules.some((rule) => touched.includes(rule))
    if ((lived.has(key) && !changed) || (changed && !dead.has(key))) return `${one.text}: nothing shows that it still can`
  }
  const asked = new Set(claims(now).map(({ subject }) => subject))
  const forgotten = touched.find((rule) => !asked.has(rule))
  return forgotten === undefined ? undefined : `nobody asked whether \`${forgotten}\` still can start`
}

/** More triggers than that are not asked about one by one. */
const MOST_TRIGGERS = 12

/** Each trigger of a changed rule, alone, starts it if it did before. */
async function triggersLive(
  before: Behaviour,
  after: Behaviour,
  touched: readonly string[],
  deadOrNot: Check,
): Promise<{ readonly wrong?: string; readonly alive: number }> {
  let alive = 0
  for (const id of touched) {
    const automation = automationsOf(after).get(id)!
    const { triggers } = automation
    if (triggers.length < 2) continue
    if (triggers.length > MOST_TRIGGERS) return { wrong: `"${automation.name}" has more triggers than are asked about one by one`, alive }
    for (const index of triggers.keys()) {
      const starts = async (behaviour: Behaviour): Promise<boolean> =>
        (await deadOrNot(withTrigger(behaviour, id, index))).some(({ subject, verdict }) => subject === id && verdict === 'proved')
      if (await starts(after)) alive++
      else if (await starts(before)) return { wrong: `trigger ${index + 1} of "${automation.name}" could start nothing any more`, alive }
    }
  }
  return { alive }
}

/** The behaviour in which the rule has this trigger only. */
function withTrigger(behaviour: Behaviour, id: string, index: number): Behaviour {
  const applications = behaviour.applications.map((application) => ({
    ...application,
    automations: application.automations.map((automation) =>
      automation.id === id ? { ...automation, triggers: automation.triggers.slice(index, index + 1) } : automation,
    ),
  }))
  return { ...behaviour, applications }
}
