/** Puts what importers read of several applications into one behaviour: names that mean one thing become one, types are united. */
import type { Diagnostic, Location, Read } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { Behaviour, Exclusion, ThingAttribute } from '../model/automation.ts'
import type { Aliases, BehaviourPart, NameGroup } from '../model/behaviour-part.ts'
import { noAliases } from '../model/behaviour-part.ts'
import { renameAttributes } from './rename-attributes.ts'
import { unite } from './unite-attributes.ts'

/** The behaviour of all parts together, in their order. Attributes of one id are one; the alias file says which others are. */
export function mergeBehaviours(parts: readonly BehaviourPart[], aliases: Aliases = noAliases): Read<Behaviour> {
  const diagnostics: Diagnostic[] = []
  const error = (code: string, message: string, at: Location, hint: { readonly hint?: string } = {}): void => {
    diagnostics.push({ code: `model/${code}`, severity: 'error', message, ...hint, at })
  }
  uniqueIds(parts, error)
  const naming = namesOf(parts, aliases, error)
  const attributes = mergeAttributes(parts, naming, (diagnostic) => diagnostics.push(diagnostic))
  const exclusions = mergeExclusions(parts, aliases, naming, attributes, error)
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const value: Behaviour = {
    applications: parts.map(({ application }) => renameAttributes(application, naming.rename)),
    attributes: [...attributes.values()],
    exclusions,
    assumptions: [...new Set(parts.flatMap(({ assumptions }) => assumptions))],
  }
  return { ok: true, value, diagnostics }
}

type Say = (code: string, message: string, at: Location, hint?: { readonly hint?: string }) => void

function uniqueIds(parts: readonly BehaviourPart[], error: Say): void {
  const applications = new Set<string>()
  const automations = new Set<string>()
  for (const { application } of parts) {
    const at = application.automations[0]?.at ?? { source: application.id }
    if (applications.has(application.id)) error('duplicate', `two applications are called \`${application.id}\``, at)
    applications.add(application.id)
    for (const automation of application.automations) {
      if (automations.has(automation.id)) error('duplicate', `two automations have the id \`${automation.id}\``, automation.at)
      automations.add(automation.id)
    }
  }
}

interface Naming {
  /** The id that stands for an id of a part. */
  readonly rename: (id: string) => string
}

/** Every attribute's name, `same` applied after `brokers`. Names may be ids of attributes or things. */
function namesOf(parts: readonly BehaviourPart[], aliases: Aliases, error: Say): Naming {
  const attributes = parts.flatMap((part) => part.attributes)
  const broker = leaders(aliases.brokers)
  const brokers = new Set(attributes.flatMap(({ id }) => brokerOf(id, broker.keys()) ?? []))
  for (const { names, at } of aliases.brokers) {
    for (const name of names)
      if (!attributes.some(({ id }) => id.startsWith(`mqtt:${name}/`)))
        error('unknown-broker', `no broker is called \`${name}\``, at, maybe(name, brokers))
  }
  const onBroker = (id: string): string => {
    const name = brokerOf(id, broker.keys())
    return name === undefined ? id : `mqtt:${broker.get(name) ?? name}${id.slice(`mqtt:${name}`.length)}`
  }
  const ids = new Map(attributes.flatMap((attribute) => [[attribute.id, attribute] as const, [onBroker(attribute.id), attribute] as const]))
  const pairs = aliases.same.flatMap((group) => sameIds(group, ids, onBroker, error))
  const leader = leaders(pairs)
  const rename = (id: string): string => leader.get(onBroker(id)) ?? onBroker(id)
  for (const { names, at } of aliases.different) {
    for (const name of names) known(name, ids, onBroker, at, error)
    if (new Set(names.map(rename)).size < names.length)
      error('same-and-different', `\`${names.join('`, `')}\` are said to be different, and made the same`, at)
  }
  return { rename }
}

/** `127.0.0.1:1883` of `mqtt:127.0.0.1:1883/home/lamp`: a broker of the alias file if one fits, else what stands before the first `/`. */
function brokerOf(id: string, named: Iterable<string>): string | undefined {
  if (!id.startsWith('mqtt:')) return undefined
  for (const name of named) if (id.startsWith(`mqtt:${name}/`)) return name
  return id.slice('mqtt:'.length, id.indexOf('/') < 0 ? undefined : id.indexOf('/'))
}

/** The first name of all that groups connect, for each name. */
function leaders(groups: readonly Pick<NameGroup, 'names'>[]): ReadonlyMap<string, string> {
  const leader = new Map<string, string>()
  for (const { names } of groups) {
    const joined = names.map((name) => leader.get(name) ?? name)
    const first = joined[0]
    if (first === undefined) continue
    for (const name of names) leader.set(name, first)
    for (const [name, before] of leader) if (joined.includes(before)) leader.set(name, first)
  }
  return leader
}

function known(
  name: string,
  ids: ReadonlyMap<string, ThingAttribute>,
  onBroker: (id: string) => string,
  at: Location,
  error: Say,
): readonly ThingAttribute[] {
  const one = ids.get(onBroker(name))
  if (one !== undefined) return [one]
  const things = [...new Set(ids.values())].filter(({ thing }) => thing === name)
  if (things.length === 0)
    error(
      'unknown-attribute',
      `no attribute and no thing is called \`${name}\``,
      at,
      maybe(name, new Set([...ids.keys(), ...[...ids.values()].map(({ thing }) => thing)])),
    )
  return things
}

/** Groups of ids: of attributes as they stand, of things by the names that their attributes share. */
function sameIds(
  group: NameGroup,
  ids: ReadonlyMap<string, ThingAttribute>,
  onBroker: (id: string) => string,
  error: Say,
): readonly Pick<NameGroup, 'names'>[] {
  const attributes = group.names.map((name) => ({ name, found: known(name, ids, onBroker, group.at, error) }))
  const isThing = attributes.map(({ name }) => !ids.has(onBroker(name)))
  if (isThing.every((thing) => !thing)) return [{ names: attributes.map(({ name }) => onBroker(name)) }]
  if (isThing.some((thing) => !thing)) {
    if (attributes.every(({ found }) => found.length > 0)) error('mixed-names', 'a thing and an attribute cannot be the same', group.at)
    return []
  }
  const suffixes = new Set(attributes.flatMap(({ name, found }) => found.map(({ id }) => id.slice(name.length))))
  return [...suffixes].sort().map((suffix) => ({
    names: attributes.flatMap(({ name, found }) =>
      found.filter(({ id }) => id.slice(name.length) === suffix).map(({ id }) => onBroker(id)),
    ),
  }))
}

function mergeAttributes(
  parts: readonly BehaviourPart[],
  { rename }: Naming,
  say: (diagnostic: Diagnostic) => unknown,
): ReadonlyMap<string, ThingAttribute> {
  const merged = new Map<string, ThingAttribute>()
  for (const attribute of parts.flatMap((part) => part.attributes)) {
    const id = rename(attribute.id)
    const before = merged.get(id)
    const renamed: ThingAttribute = id === attribute.id ? attribute : { ...attribute, id }
    if (before === undefined) merged.set(id, renamed)
    else {
      const { attribute: both, problems } = unite(before, renamed)
      merged.set(id, both)
      problems.forEach(say)
    }
  }
  return merged
}

function mergeExclusions(
  parts: readonly BehaviourPart[],
  aliases: Aliases,
  { rename }: Naming,
  attributes: ReadonlyMap<string, ThingAttribute>,
  error: Say,
): readonly Exclusion[] {
  const named = [...parts.flatMap(({ exclusions }) => exclusions), ...aliases.exclusive].map((exclusion) => ({
    ...exclusion,
    members: exclusion.members.map(({ attribute, value }) => ({ attribute: rename(attribute), value })),
  }))
  const seen = new Set<string>()
  return named.filter(({ name, members, at }) => {
    for (const { attribute } of members) {
      if (!attributes.has(attribute))
        error('unknown-attribute', `no attribute is called \`${attribute}\``, at ?? { source: name }, maybe(attribute, attributes.keys()))
    }
    const key = JSON.stringify(members)
    const again = seen.has(key)
    seen.add(key)
    return !again
  })
}
