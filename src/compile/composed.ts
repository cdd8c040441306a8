/** What stands together at a place as one behaviour, which of its rules belong to whom, and who could meddle with whom. */
import { createHash } from 'node:crypto'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { Automation, Behaviour } from '../model/automation.ts'
import type { Aliases, BehaviourPart, NameGroup } from '../model/behaviour-part.ts'
import { withEnvironment, type WorldFiles } from './behaviour-environment.ts'
import { awaitedBy, expressionsOf, expressionsOfTrigger, heardBy, readsOf, writesOf } from './conflicts-structure.ts'
import { mergeBehaviours } from './merge-behaviours.ts'

/** What each of those that can stand at a place runs, by name. */
export type MemberBehaviours = ReadonlyMap<string, readonly BehaviourPart[]>

export interface Composed {
  readonly behaviour: Behaviour
  /** By rule: all members that run it. */
  readonly owners: ReadonlyMap<string, readonly string[]>
}

/** The behaviour of all members at one place. An application that several run is one application, and runs once. */
export function composedOf(members: readonly string[], behaviours: MemberBehaviours, aliases: Aliases, world: WorldFiles): Read<Composed> {
  const parts = [
    ...new Map(members.flatMap((member) => behaviours.get(member)!.map((part) => [part.application.id, part] as const))).values(),
  ]
  const owners = new Map<string, string[]>()
  for (const member of members)
    for (const { application } of behaviours.get(member)!)
      for (const { id } of application.automations) owners.set(id, [...(owners.get(id) ?? []), member])
  const merged = mergeBehaviours(parts, aliasesWithin(aliases, parts))
  if (!merged.ok) return merged
  const settled = withEnvironment(merged.value, parts, world)
  const diagnostics = [...merged.diagnostics, ...settled.diagnostics]
  return settled.ok ? { ok: true, value: { behaviour: settled.value, owners }, diagnostics } : { ok: false, diagnostics }
}

/** Whether all members can stand together at all: what does not fit, and names of the alias file that nobody has. */
export function allFit(behaviours: MemberBehaviours, aliases: Aliases): Read<undefined> {
  const applications = new Map<string, BehaviourPart>()
  const diagnostics: Diagnostic[] = []
  for (const part of [...behaviours.values()].flat()) {
    const { id, automations } = part.application
    const before = applications.get(id)
    applications.set(id, before ?? part)
    if (before === undefined || before === part || JSON.stringify(before) === JSON.stringify(part)) continue
    diagnostics.push({
      code: 'model/duplicate',
      severity: 'error',
      message: `two different applications are called \`${id}\``,
      hint: 'maybe each under its own name',
      at: automations[0]?.at ?? { source: id },
    })
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const merged = mergeBehaviours([...applications.values()], aliases)
  return merged.ok ? { ...merged, value: undefined } : merged
}

/** What an alias file says of names that are there: it speaks of everybody, and only some stand here. */
function aliasesWithin({ same, different, exclusive, brokers }: Aliases, parts: readonly BehaviourPart[]): Aliases {
  const attributes = parts.flatMap((part) => part.attributes)
  const names = new Set(attributes.flatMap(({ id, thing }) => [id, thing]))
  const known = (groups: readonly NameGroup[], has: (name: string) => boolean): readonly NameGroup[] =>
    groups.map((group) => ({ ...group, names: group.names.filter(has) })).filter((group) => group.names.length > 1)
  const isKnown = (name: string): boolean => names.has(name)
  return {
    same: known(joined(same), isKnown),
    different: known(different, isKnown),
    exclusive: exclusive.filter(({ members }) => members.every(({ attribute }) => isKnown(attribute))),
    brokers: known(joined(brokers), (name) => attributes.some(({ id }) => id.startsWith(`mqtt:${name}/`))),
  }
}

/** Groups that share a name are one: what is the same as something that is not here may still be the same as something that is. */
function joined(groups: readonly NameGroup[]): readonly NameGroup[] {
  const result: NameGroup[] = []
  for (const group of groups) {
    const touching = result.filter(({ names }) => names.some((name) => group.names.includes(name)))
    for (const one of touching) result.splice(result.indexOf(one), 1)
    result.push({ ...group, names: [...new Set([...touching.flatMap(({ names }) => names), ...group.names])] })
  }
  return result
}

/** No single member runs all of the rules. */
export function isAcross(rules: readonly string[], { owners }: Composed): boolean {
  const [first = [], ...others] = rules.map((rule) => owners.get(rule) ?? [])
  return !first.some((member) => others.every((owner) => owner.includes(member)))
}

/**
 * sha256 of the behaviour in canonical form: what is given a name is numbered in the order in which it appears, places in sources and words for people are left out. Two behaviours with one
 * key are the same but for a bijection of names, so what is proved of one is proved of the other. Which of the members (by their place in the list) runs what belongs to it.
 */
export function canonicalKey({ behaviour, owners }: Composed, members: readonly string[]): string {
  const numbers = new Map<string, string>()
  const number = (id: string): unknown => numbers.get(id) ?? numbers.set(id, `\u0000${numbers.size}`)
  for (const { id, thing } of behaviour.attributes) [id, thing].forEach(number)
  for (const { id, automations, unmodelled, dangling } of behaviour.applications)
    [id, ...[...automations, ...unmodelled, ...dangling].map((one) => one.id)].forEach(number)
  for (const { name } of behaviour.exclusions) number(name)
  for (const { id } of behaviour.environment?.places ?? []) number(id)
  // INVARIANT: a name is renamed wherever a name can stand, so that texts that are equal tell of equal structures.
  const renamed = (value: unknown): unknown => (typeof value === 'string' ? (numbers.get(value) ?? value) : value)
  const unnamed = behaviour.applications.map((application) => ({
    ...application,
    automations: application.automations.map((automation) => ({ ...automation, name: '' })),
  }))
  const text = JSON.stringify({ ...behaviour, applications: unnamed }, (key, value: unknown) => {
    if (unsaid.has(key)) return undefined
    if (!named.has(key)) return value
    return Array.isArray(value) ? value.map(renamed) : renamed(value)
  })
  const whose = behaviour.applications.flatMap(({ automations }) =>
    automations.map(({ id }) => owners.get(id)!.map((member) => members.indexOf(member))),
  )
  return createHash('sha256').update(text).update(JSON.stringify(whose)).digest('hex')
}

/** Words for people, and places in sources: they decide nothing. */
const unsaid: ReadonlySet<string> = new Set(['at', 'says', 'why', 'text', 'source', 'assumptions', 'because'])
const named: ReadonlySet<string> = new Set(
  ['id', 'thing', 'attribute', 'automation', 'application', 'part', 'place', 'name', 'within', 'of', 'by', 'step'].concat([
    ...['writes', 'between', 'members', 'causes', 'next', 'entry', 'over'],
  ]),
)

/** The members besides `inside` whose rules can change what the rules of `inside` do, or write what those write; `all` is everybody. Members with a world of their own count. */
export function meddlers(inside: readonly string[], { behaviour, owners }: Composed, behaviours: MemberBehaviours): readonly string[] {
  const automations = behaviour.applications.flatMap((application) => application.automations)
  const own = automations.filter(({ id }) => owners.get(id)!.some((member) => inside.includes(member)))
  const touched = new Set([...own.flatMap(touches), ...own.map(({ id }) => `call ${id}`)])
  const joined = behaviour.exclusions.filter(({ members }) => members.some(({ attribute }) => touched.has(`attribute ${attribute}`)))
  for (const { members } of joined) for (const { attribute } of members) touched.add(`attribute ${attribute}`)
  const meddling = new Set<string>()
  for (const automation of automations)
    if (makes(automation).some((what) => touched.has(what))) for (const member of owners.get(automation.id)!) meddling.add(member)
  return [...behaviours.keys()]
    .filter((member) => !inside.includes(member) && (meddling.has(member) || behaviours.get(member)!.some(hasWorld)))
    .sort()
}

const hasWorld = ({ places, safety = [], groups = [], claims = [] }: BehaviourPart): boolean =>
  places !== undefined || safety.length + groups.length + claims.length > 0

/** Attributes that an automation reads, listens to or writes, and events that it hears. */
function touches(automation: Automation): readonly string[] {
  const triggers = [...automation.triggers, ...automation.steps.flatMap(awaitedBy)]
  const read = [automation.guard, ...triggers.flatMap(expressionsOfTrigger), ...automation.steps.flatMap(expressionsOf)]
  return [
    ...triggers.flatMap((trigger) => [...heardBy(trigger)].map((id) => `attribute ${id}`)),
    ...triggers.flatMap((trigger) => (trigger.on === 'event' ? [`event ${trigger.event}`] : [])),
    ...read.flatMap((expression) => [...readsOf(expression)].map((id) => `attribute ${id}`)),
    ...makes(automation),
  ]
}

/** What an automation can bring about for others. */
const makes = ({ steps }: Automation): readonly string[] =>
  steps.flatMap((step) => [
    ...writesOf(step).map((id) => `attribute ${id}`),
    ...(step.do === 'emit' ? [`event ${step.event}`] : []),
    ...(step.do === 'call' ? [`call ${step.automation}`] : []),
  ])
