/**
 * Entities that follow others: groups and template entities. Where the state of one that is on or off is read it is replaced by the expression that it follows; a
 * trigger on it becomes one on the expression. From documentation: integrations/group, integrations/template.
 */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, apply, choose, mapLeaves, or, read, same, sizeOf, value } from '../node-red/expressions.ts'
import { domainOf } from './domains.ts'
import { attribute, type Followed, type Home, outsideAttribute } from './home.ts'
import type { Group, TemplateEntity } from './inventory.ts'
import { leavesOf } from './jinja/outside.ts'
import { outcomes } from './outcomes.ts'
import { comesFromOutside, templated } from './templates.ts'
import { field, isTemplate, textOf } from './tree.ts'
import type { Writing } from './writing.ts'

/** Expressions larger than this are not put in the place of a read. */
const LARGE = 600
const MOST = 5000

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
  if (group !== undefined) return isOpen(group) ? undefined : { states: wordsOf(group, entity) }
  const made = home.inventory.templates.get(entity)
  if (made?.state === undefined || expressionOf(home, entity) === undefined) return undefined
  const states = STATES[made.domain]
  return states === undefined ? undefined : { states: availableOf(made) === undefined ? states : [...states, 'unavailable'] }
}

const TRUTHS = new Set(['binary_sensor', 'switch', 'light', 'fan'])

/** States of template entities with finitely many. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries([...TRUTHS].map((domain) => [domain, ['on', 'off']])),
  cover: ['open', 'closed', 'opening', 'closing', 'unknown'],
  lock: ['locked', 'unlocked'],
}

const availableOf = ({ node }: TemplateEntity): string | undefined => textOf(field(node, 'availability', 'availability_template'))

/** The state of a cover or lock by what its template gives. From documentation: integrations/template, sections "Cover", "Lock". */
function wordOf(domain: string, found: AutomationExpression): AutomationExpression {
  const low = apply('lower', apply('text', found))
  const says = (...words: readonly string[]): AutomationExpression => or(...words.map((word) => same(low, value(word))))
  if (domain === 'lock') return choose(says('true', 'on', 'locked'), value('locked'), value('unlocked'))
  const moving = choose(says('opening'), value('opening'), choose(says('closing'), value('closing'), value('unknown')))
  return choose(says('true', 'open'), value('open'), choose(says('false', 'closed'), value('closed'), moving))
}

/** Nobody knows which words the members have. */
const isOpen = ({ members }: Group): boolean => members.length === 0 || members.some((one) => domainOf(one) === 'secret')

function wordsOf(group: Group, entity: string): readonly [string, string] {
  const domains = new Set(group.members.map(domainOf))
  const own = domainOf(entity)
  const only = domains.size === 1 ? [...domains][0]! : own
  return WORDS[own === 'group' ? only : own] ?? ['on', 'off']
}

/** What an entity follows at once; nothing where it follows nothing so, or what it follows is not modelled. */
function expressionOf(home: Home, entity: string): AutomationExpression | undefined {
  const found = followed(home, entity)
  return found?.is === 'at-once' ? found.expression : undefined
}

/** How an entity follows others; nothing where it does not, or what it follows is not modelled. */
export function followed(home: Home, entity: string): Followed | undefined {
  if (home.derived.has(entity)) return home.derived.get(entity)
  // A circle reads the entity itself.
  home.derived.set(entity, undefined)
  const made = home.inventory.groups.has(entity) ? ofGroup(home, entity) : ofTemplate(home, entity)
  home.derived.set(entity, made)
  return made
}

function ofGroup(home: Home, entity: string): Followed | undefined {
  const group = home.inventory.groups.get(entity)
  if (group === undefined || isOpen(group)) return undefined
  const [on, off] = wordsOf(group, entity)
  home.assumptions.add('a group of which all members are unavailable counts as one of which none is on')
  const members = group.members.map((member) => {
    const inner = home.inventory.groups.get(member)
    const word = inner === undefined ? (WORDS[domainOf(member)]?.[0] ?? 'on') : wordsOf(inner, member)[0]
    return same(read(attribute(home, member, undefined, group.at).id), value(word))
  })
  return { is: 'at-once', expression: choose(group.all ? and(...members) : or(...members), value(on), value(off)) }
}

function ofTemplate(home: Home, entity: string): Followed | undefined {
  const made = home.inventory.templates.get(entity)
  const text = textOf(made?.state)
  if (made?.state === undefined || text === undefined || field(made.node, 'auto_off') !== undefined) return undefined
  const truth = TRUTHS.has(made.domain)
  const worded = made.domain === 'cover' || made.domain === 'lock'
  if (!truth && !worded && made.domain !== 'sensor') return undefined
  const unmodelled: Home['unmodelled'] = []
  const w: Writing = {
    home: { ...home, unmodelled },
    automation: entity,
    steps: [],
    inside: [],
    stopped: [],
    failed: [],
    scope: new Map(),
    source: [text],
    triggerIds: [],
    made: { steps: 0, parts: 0 },
    sequence: (_, __, next) => next,
  }
  const given = isTemplate(text) ? templated(w, text, made.state.at, truth ? 'truth' : 'any') : value(text)
  const found = worded ? wordOf(made.domain, given) : given
  const available = availableOf(made)
  const there = available === undefined ? undefined : templated(w, available, made.state.at, 'truth')
  if (unmodelled.length > 0) return undefined
  if (sizeOf(found) > MOST) return fromOutside(w, entity, found)
  const late = field(made.node, 'delay_on', 'delay_off') !== undefined || sizeOf(found) > LARGE
  if (truth && late) return there === undefined ? { is: 'late', truth, expression: found, w } : undefined
  const state = truth ? choose(found, value('on'), value('off')) : found
  const expression = there === undefined ? state : choose(there, state, value('unavailable'))
  return truth || worded ? { is: 'at-once', expression } : { is: 'late', truth, expression, w }
}

/** A state too large to be followed, of which what comes from outside alone decides: any that the template can give. */
function fromOutside(w: Writing, entity: string, found: AutomationExpression): Followed | undefined {
  const texts = outcomes(w, found)
  if (texts === undefined || !leavesOf(found).every((leaf) => comesFromOutside(w, leaf))) return undefined
  w.home.assumptions.add(`\`${entity}\` follows values from outside by a long template: it is taken as any state that this can give`)
  const { id } = outsideAttribute(w.home, `${entity}.followed`, entity, { is: 'enum', values: [...texts].sort(), other: false })
  return { is: 'late', truth: false, expression: read(id), w }
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
