/** Which entities a call of a service means. From documentation: docs/scripts/perform-actions, section "Targets". */
import type { AutomationExpression } from '../../model/automation.ts'
import { same, TRUE, value } from '../node-red/expressions.ts'
import { domainOf, entityDomains } from './domains.ts'
import { entityNamed } from './entities.ts'
import { type Home, say } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { ending, opening, outcomes } from './outcomes.ts'
import { template } from './templates.ts'
import { field, flat, isTemplate, type MapEntry, textOf, textsOf, type YamlNode } from './tree.ts'
import type { Writing } from './writing.ts'

/** An entity that is meant where `when` holds. */
export interface Target {
  readonly entity: string
  readonly when: AutomationExpression
}

export interface Targets {
  readonly targets: readonly Target[]
  /** Why some are not known. */
  readonly unknown: readonly string[]
  /** Whether any target is written at all. */
  readonly named: boolean
}

/** Groups are replaced by their members, as far as the domain of the service takes them. */
export function targetsOf(w: Writing, node: YamlNode, data: readonly MapEntry[], domain: string): Targets {
  const { home } = w
  const { registry } = home.inventory
  const target = field(node, 'target')
  const unknown: string[] = []
  const found: Target[] = []
  let named = false
  const every = (key: string): readonly YamlNode[] =>
    [field(node, key), field(target, key), data.find((entry) => entry.key === key)?.node].filter((one) => one !== undefined)
  if (target?.is === 'scalar' && isTemplate(target.text)) {
    named = true
    unknown.push('a target that a template names')
  }
  for (const written of every('entity_id')) {
    named = true
    for (const text of textsOf(written)) {
      const entity = entityNamed(home, text)
      if (entity !== undefined) found.push({ entity, when: TRUE })
      else if (text === 'all') found.push(...allOf(home, domain).map((one) => ({ entity: one, when: TRUE })))
      else if (text === 'none') continue
      else if (isTemplate(text)) templateTargets(w, text, written, domain, found, unknown)
      else unknown.push(`the entity \`${text}\`, which no registry names`)
    }
  }
  const lookups = [
    ['area_id', 'area', registry?.ofArea],
    ['device_id', 'device', registry?.ofDevice],
    ['label_id', 'label', registry?.ofLabel],
    ['floor_id', 'floor', registry?.ofFloor],
  ] as const
  for (const [key, word, members] of lookups)
    for (const written of every(key)) {
      named = true
      for (const text of flat(written).flatMap((one) => textOf(one) ?? [])) {
        const entities = members?.get(text)
        if (entities === undefined)
          unknown.push(isTemplate(text) ? `a target that a template names` : `the ${word} \`${text}\`, whose entities no registry names`)
        else
          found.push(
            ...entities
              .filter((entity) => domain === 'homeassistant' || domainOf(entity) === domain)
              .map((entity) => ({ entity, when: TRUE })),
          )
      }
    }
  return { targets: expanded(home, found.filter(takes(w, node, domain)), domain), unknown, named }
}

/** A service leaves alone what is of another domain. From documentation: docs/scripts/perform-actions; core logs "referenced entities are missing". */
function takes({ home }: Writing, node: YamlNode, domain: string): (target: Target) => boolean {
  return ({ entity }) => {
    const own = domainOf(entity)
    if (domain === 'homeassistant' || own === domain || own === 'secret' || own === 'group' || !entityDomains.has(own)) return true
    say(home, 'foreign-target', `\`${entity}\` is no entity of \`${domain}\`: the service leaves it alone`, node)
    return false
  }
}

/** Every entity of a domain that this home names. */
export function allOf(home: Home, domain: string): readonly string[] {
  const known = new Set([...home.attributes.values()].map(({ thing }) => thing).filter((thing) => domainOf(thing) === domain))
  for (const entity of home.inventory.registry?.entities ?? []) if (domainOf(entity) === domain) known.add(entity)
  return [...known].sort()
}

/** A template that is told apart entity by entity names one of these many at most. */
const CANDIDATES = 160

/** Entities that a template may name: those of some constants, or of all that this home names in the domain, each where the template gives it. */
function templateTargets(w: Writing, text: string, node: YamlNode, domain: string, found: Target[], unknown: string[]): void {
  const silent: Writing = { ...w, home: { ...w.home, unmodelled: [] } }
  const result = template(silent, text, node.at, 'list')
  const cases = result.ok ? listedCases(w, result.structure, TRUE) : undefined
  if (cases !== undefined) {
    found.push(...cases)
    return
  }
  const one = template(silent, text, node.at, 'text')
  const named = one.ok && one.exact && !mayHoldCommas(w, one.value) ? computed(w, one.value, TRUE, domain) : undefined
  if (named === undefined) unknown.push('a target that a template names')
  else found.push(...named)
}

/** Whether what is printed may be several entities: then it is not told apart. */
function mayHoldCommas(w: Writing, expression: AutomationExpression, seen = new Set<AutomationExpression>()): boolean {
  if (seen.has(expression)) return false
  seen.add(expression)
  if (expression.is === 'value') return typeof expression.value === 'string' && /,|\bgroup\./.test(expression.value)
  if (expression.is === 'local')
    return (w.home.locals.get(`${w.automation} ${expression.name}`) ?? []).some((one) => mayHoldCommas(w, one, seen))
  return (
    expression.is === 'apply' &&
    ['concat', 'text', 'if'].includes(expression.operator) &&
    expression.arguments.some((one) => mayHoldCommas(w, one, seen))
  )
}

/** Every entity of the domain that the expression may be; nothing where they are too many. */
function computed(w: Writing, expression: AutomationExpression, when: AutomationExpression, domain: string): readonly Target[] | undefined {
  const begins = opening(w, expression)
  const ends = ending(expression)
  const outcome = outcomes(w, expression)
  const of = begins.includes('.') ? domainOf(begins) : domain
  const candidates =
    outcome?.flatMap((text) => entityNamed(w.home, text.trim()) ?? []) ??
    [...(w.home.names.get(of) ?? []), ...(w.home.names.get('group') ?? [])].filter(
      (entity) => entity.startsWith(begins.trimStart()) && entity.endsWith(ends),
    )
  if ((of === 'homeassistant' && outcome === undefined) || candidates.length > CANDIDATES) return undefined
  if (outcome === undefined)
    w.home.assumptions.add('a target that a template computes is one of the entities that this home names, or none that anybody here knows')
  return [...new Set(candidates)].map((entity) => ({ entity, when: both(when, same(expression, value(entity))) }))
}

/** The entities of a value, each with when it is meant; nothing where it is not one of constants. */
function listedCases(w: Writing, given: TemplateValue, when: AutomationExpression): readonly Target[] | undefined {
  switch (given.is) {
    case 'list':
      return together(given.items.map((item) => listedCases(w, item, when)))
    case 'choice': {
      const before: AutomationExpression[] = []
      const cases = given.cases.map((one) => {
        const here = both(when, both(none(before), one.when))
        before.push(one.when)
        return listedCases(w, one.value, here)
      })
      return together([...cases, listedCases(w, given.otherwise, both(when, none(before)))])
    }
    case 'expression': {
      const texts = outcomes(w, given.expression)
      return texts?.flatMap((one) =>
        one
          .split(',')
          .flatMap((part) => entityNamed(w.home, part.trim()) ?? [])
          .map((entity) => ({ entity, when: both(when, texts.length === 1 ? TRUE : same(given.expression, value(one))) })),
      )
    }
    case 'state':
      return [{ entity: given.entity, when }]
    case 'undefined':
      return []
    case 'mapping':
    case 'unknown':
      return undefined
  }
}

const both = (a: AutomationExpression, b: AutomationExpression): AutomationExpression =>
  a.is === 'value' && a.value === true ? b : b.is === 'value' && b.value === true ? a : { is: 'apply', operator: 'and', arguments: [a, b] }

const none = (parts: readonly AutomationExpression[]): AutomationExpression =>
  parts.length === 0 ? TRUE : { is: 'apply', operator: 'not', arguments: [{ is: 'apply', operator: 'or', arguments: [...parts] }] }

const together = (lists: readonly (readonly Target[] | undefined)[]): readonly Target[] | undefined =>
  lists.some((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? [])

function expanded(home: Home, targets: readonly Target[], domain: string): readonly Target[] {
  const made = new Map<string, Target[]>()
  const add = (target: Target, way: readonly string[]): void => {
    const group = home.inventory.groups.get(target.entity)
    if (group !== undefined && !way.includes(target.entity)) {
      for (const member of group.members) add({ entity: member, when: target.when }, [...way, target.entity])
      return
    }
    // A service takes of a group only what is of its own domain.
    if (way.length > 0 && domain !== 'homeassistant' && domainOf(target.entity) !== domain) return
    const known = made.get(target.entity) ?? []
    // Conditions can be long: they are only compared where an entity is meant twice.
    if (known.length === 0 || !known.some((one) => JSON.stringify(one.when) === JSON.stringify(target.when)))
      made.set(target.entity, [...known, target])
  }
  for (const target of targets) add(target, [])
  return [...made.values()].flat()
}
