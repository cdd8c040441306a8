/** Splits a behaviour into parts that cannot influence each other: no attribute, event, call, exclusion or restart is common to two of them. */
import type { Automation, Behaviour } from '../model/automation.ts'
import type { SettledEnvironment } from '../model/environment.ts'
import { spokenOfTogether } from './environment-cones.ts'
import { awaitedBy, expressionsOf, heardBy, readsOf, writesOf } from './conflicts-structure.ts'

/** Everything that the automation reads, writes, hears, emits and calls, as keys that name it. */
const touches = (automation: Automation): readonly string[] => {
  const keys: string[] = [`rule:${automation.id}`]
  const attributes = (ids: Iterable<string>): void => {
    for (const id of ids) keys.push(`attribute:${id}`)
  }
  attributes(readsOf(automation.guard))
  for (const trigger of [...automation.triggers, ...automation.steps.flatMap(awaitedBy)]) {
    attributes(heardBy(trigger))
    if (trigger.on === 'outside') attributes(readsOf(trigger.payload))
    if (trigger.on === 'event') keys.push(`event:${trigger.event}`)
    if (trigger.on === 'start') keys.push('restart')
  }
  for (const step of automation.steps) {
    for (const expression of expressionsOf(step)) attributes(readsOf(expression))
    attributes(writesOf(step))
    if (step.do === 'emit') keys.push(`event:${step.event}`)
    if (step.do === 'call') keys.push(`rule:${step.automation}`)
  }
  return keys
}

/** What concerns no automation in particular is looked at once, with the first part; a group where all of it is. */
const within = (
  environment: SettledEnvironment,
  part: number,
  partOf: (attribute: string) => number | 'nowhere' | undefined,
): SettledEnvironment => ({
  ...environment,
  ...(part === 0 ? {} : { claims: [], shared: [] }),
  // INVARIANT: of a group whose members are in several parts no rule commands all, whatever it commands in its own.
  groups: environment.groups.filter(({ members }) => members.every((member) => [part, 'nowhere'].includes(partOf(member) ?? -1))),
})

/** Parts in the order of their first automation; applications keep their ids, attributes that no automation touches are left out. */
export const behaviourComponents = (behaviour: Behaviour): readonly Behaviour[] => {
  const leader = new Map<string, string>()
  const find = (key: string): string => {
    let root = key
    for (let up = leader.get(root); up !== undefined; up = leader.get(root)) root = up
    for (let at = key; at !== root;) {
      const up = leader.get(at) ?? root
      leader.set(at, root)
      at = up
    }
    return root
  }
  const join = (keys: readonly string[]): void => {
    const [first, ...rest] = keys.map(find)
    for (const other of rest) if (first !== undefined && find(other) !== find(first)) leader.set(find(other), find(first))
  }
  const automations = behaviour.applications.flatMap((application) => application.automations)
  for (const automation of automations) join(touches(automation))
  for (const exclusion of behaviour.exclusions) join(exclusion.members.map((member) => `attribute:${member.attribute}`))
  for (const together of spokenOfTogether(behaviour)) join(together.map((attribute) => `attribute:${attribute}`))
  // A restart happens to all at once, and chooses a value for every helper that has several.
  for (const attribute of behaviour.attributes)
    if (attribute.role === 'helper' && !attribute.restored && attribute.initial?.length !== 1)
      join([`attribute:${attribute.id}`, 'restart'])
  const roots = [...new Set(automations.map((automation) => find(`rule:${automation.id}`)))]
  const index = new Map(roots.map((root, at) => [root, at]))
  const at = (key: string): number | undefined => index.get(find(key))
  if (roots.length <= 1) return [behaviour]
  const known = new Set(behaviour.attributes.map(({ id }) => id))
  const partOf = (attribute: string): number | 'nowhere' | undefined => (known.has(attribute) ? at(`attribute:${attribute}`) : 'nowhere')
  return roots.map((_, part): Behaviour => ({
    applications: behaviour.applications.map((application) => ({
      ...application,
      automations: application.automations.filter((automation) => at(`rule:${automation.id}`) === part),
      dangling: part === 0 ? application.dangling : [],
    })),
    attributes: behaviour.attributes.filter((attribute) => at(`attribute:${attribute.id}`) === part),
    exclusions: behaviour.exclusions.filter(
      ({ members: [first] }) => (first === undefined ? 0 : (at(`attribute:${first.attribute}`) ?? 0)) === part,
    ),
    assumptions: behaviour.assumptions,
    ...(behaviour.environment === undefined ? {} : { environment: within(behaviour.environment, part, partOf) }),
  }))
}
