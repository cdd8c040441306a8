/** Which entities a call of a service means. From documentation: docs/scripts/perform-actions, section "Targets". */
import type { AutomationExpression } from '../../model/automation.ts'
import { same, TRUE, value } from '../node-red/expressions.ts'
import { domainOf } from './domains.ts'
import { entityNamed } from './entities.ts'
import type { Home } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
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
      else if (isTemplate(text)) templateTargets(w, text, written, found, unknown)
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
  return { targets: expanded(home, found, domain), unknown, named }
}

/** Every entity of a domain that this home names. */
export function allOf(home: Home, domain: string): readonly string[] {
  const known = new Set([...home.attributes.values()].map(({ thing }) => thing).filter((thing) => domainOf(thing) === domain))
  for (const entity of home.inventory.registry?.entities ?? []) if (domainOf(entity) === domain) known.add(entity)
  return [...known].sort()
}

/** Entities that a template may name, where it can only be one of some constants. */
function templateTargets(w: Writing, text: string, node: YamlNode, found: Target[], unknown: string[]): void {
  const result = template({ ...w, home: { ...w.home, unmodelled: [] } }, text, node.at, 'list')
  const cases = result.ok ? listedCases(result.structure, TRUE, w.home) : undefined
  if (cases === undefined) unknown.push('a target that a template names')
  else found.push(...cases)
}

/** The entities of a value, each with when it is meant; nothing where it is not one of constants. */
export function listedCases(given: TemplateValue, when: AutomationExpression, home: Home): readonly Target[] | undefined {
  switch (given.is) {
    case 'list':
      return together(given.items.map((item) => listedCases(item, when, home)))
    case 'choice': {
      const before: AutomationExpression[] = []
      const cases = given.cases.map((one) => {
        const here = both(when, both(none(before), one.when))
        before.push(one.when)
        return listedCases(one.value, here, home)
      })
      return together([...cases, listedCases(given.otherwise, both(when, none(before)), home)])
    }
    case 'expression': {
      const constants = constantsOf(given.expression)
      return constants === undefined
        ? undefined
        : constants.flatMap((constant) =>
            constant
              .split(',')
              .flatMap((one) => entityNamed(home, one.trim()) ?? [])
              .map((entity) => ({ entity, when: both(when, constants.length === 1 ? TRUE : same(given.expression, value(constant))) })),
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
  parts.length === 0 ? TRUE : { is: 'apply', operator: 'not', arguments: [{ is: 'apply', operator: 'or', arguments: parts }] }

const together = (lists: readonly (readonly Target[] | undefined)[]): readonly Target[] | undefined =>
  lists.some((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? [])

/** The texts that an expression can have, where they are all constants. */
export function constantsOf(expression: AutomationExpression): readonly string[] | undefined {
  if (expression.is === 'value') return expression.value === null ? [] : [String(expression.value)]
  if (expression.is !== 'apply' || expression.operator !== 'if') return undefined
  const [then, otherwise] = expression.arguments.slice(1).map(constantsOf)
  return then === undefined || otherwise === undefined ? undefined : [...new Set([...then, ...otherwise])]
}

function expanded(home: Home, targets: readonly Target[], domain: string): readonly Target[] {
  const made: Target[] = []
  const seen = new Set<string>()
  const add = (target: Target, way: readonly string[]): void => {
    const group = home.inventory.groups.get(target.entity)
    if (group !== undefined && !way.includes(target.entity)) {
      for (const member of group.members) add({ entity: member, when: target.when }, [...way, target.entity])
      return
    }
    // A service takes of a group only what is of its own domain.
    if (way.length > 0 && domain !== 'homeassistant' && domainOf(target.entity) !== domain) return
    const key = `${target.entity} ${JSON.stringify(target.when)}`
    if (!seen.has(key)) made.push(target)
    seen.add(key)
  }
  for (const target of targets) add(target, [])
  return made
}
