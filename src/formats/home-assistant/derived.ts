/**
 * Entities that follow others: groups and template entities. Where their state is read it is replaced by the expression that it follows; a trigger on it becomes one
 * on the expression. From documentation: integrations/group, integrations/template.
 */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, choose, mapLeaves, or, read, same, sizeOf, value } from '../node-red/expressions.ts'
import { domainOf } from './domains.ts'
import { attribute, type Home } from './home.ts'
import type { Group } from './inventory.ts'
import { templated } from './templates.ts'
import { field, isTemplate, textOf } from './tree.ts'
import type { Writing } from './writing.ts'

/** Expressions larger than this are not put in the place of a read. */
const LARGE = 600

/** Words of a domain for being on and not; a group of several domains is on or off. */
const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  person: ['home', 'not_home'],
  device_tracker: ['home', 'not_home'],
  cover: ['open', 'closed'],
  valve: ['open', 'closed'],
  lock: ['unlocked', 'locked'],
}

export interface Derived {
  /** Every state that it can have; nothing: texts or numbers. */
  readonly states: readonly string[]
}

/** The states of an entity that follows others and has finitely many; nothing for all other entities. */
export function derivedStates(home: Home, entity: string): Derived | undefined {
  const group = home.inventory.groups.get(entity)
  if (group !== undefined) return group.members.length === 0 ? undefined : { states: wordsOf(group, entity) }
  const made = home.inventory.templates.get(entity)
  if (made?.state === undefined || expressionOf(home, entity) === undefined) return undefined
  return TRUTHS.has(made.domain) ? { states: ['on', 'off'] } : undefined
}

const TRUTHS = new Set(['binary_sensor', 'switch', 'light', 'fan'])

function wordsOf(group: Group, entity: string): readonly [string, string] {
  const domains = new Set(group.members.map(domainOf))
  const own = domainOf(entity)
  const only = domains.size === 1 ? [...domains][0]! : own
  return WORDS[own === 'group' ? only : own] ?? ['on', 'off']
}

/** What an entity follows; nothing where it follows nothing, or what it follows is not modelled. */
function expressionOf(home: Home, entity: string): AutomationExpression | undefined {
  if (home.derived.has(entity)) return home.derived.get(entity)
  // A circle reads the entity itself.
  home.derived.set(entity, undefined)
  const made = makeExpression(home, entity)
  home.derived.set(entity, made)
  return made
}

function makeExpression(home: Home, entity: string): AutomationExpression | undefined {
  const group = home.inventory.groups.get(entity)
  if (group !== undefined) {
    if (group.members.length === 0) return undefined
    const [on, off] = wordsOf(group, entity)
    home.assumptions.add('a group of which all members are unavailable counts as one of which none is on')
    const members = group.members.map((member) => {
      const word =
        WORDS[domainOf(member)]?.[0] ?? (home.inventory.groups.has(member) ? wordsOf(home.inventory.groups.get(member)!, member)[0] : 'on')
      return same(read(attribute(home, member, undefined, group.at).id), value(word))
    })
    return choose(group.all ? and(...members) : or(...members), value(on), value(off))
  }
  const made = home.inventory.templates.get(entity)
  const text = textOf(made?.state)
  if (made?.state === undefined || text === undefined) return undefined
  if (field(made.node, 'delay_on', 'delay_off', 'auto_off') !== undefined) return undefined
  const unmodelled: Home['unmodelled'] = []
  const w: Writing = {
    home: { ...home, unmodelled },
    automation: entity,
    steps: [],
    inside: [],
    stopped: [],
    scope: new Map(),
    source: [text],
    triggerIds: [],
    made: { steps: 0, parts: 0 },
    sequence: (_, __, next) => next,
  }
  const truth = TRUTHS.has(made.domain)
  if (!truth && made.domain !== 'sensor') return undefined
  const found = isTemplate(text) ? templated(w, text, made.state.at, truth ? 'truth' : 'any') : value(text)
  if (unmodelled.length > 0 || sizeOf(found) > LARGE) return undefined
  return truth ? choose(found, value('on'), value('off')) : found
}

/** The expression with what it reads of entities that follow others replaced by what these follow. */
export function withoutDerived(home: Home, expression: AutomationExpression, way: readonly string[] = []): AutomationExpression {
  return mapLeaves(expression, (leaf) => {
    if (leaf.is !== 'read' || way.includes(leaf.attribute)) return leaf
    if (!home.inventory.groups.has(leaf.attribute) && !home.inventory.templates.has(leaf.attribute)) return leaf
    const made = expressionOf(home, leaf.attribute)
    return made === undefined ? leaf : withoutDerived(home, made, [...way, leaf.attribute])
  })
}
