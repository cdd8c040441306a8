/** Templates in their surroundings: what their names mean in this home, and what becomes of parts that are not modelled. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import { holdsOpen, value } from '../node-red/expressions.ts'
import { domainOf, ENTITY, entityDomains, helperDomains, reportingDomains, slug } from './domains.ts'
import { attribute, type Home, outsideAttribute } from './home.ts'
import { digest, leavesOf } from './jinja/outside.ts'
import type { AttributeRead, RegistryQuestion, TemplateContext, TemplateResult, TimePart, Wanted } from './jinja/template-value.ts'
import { translateTemplate } from './jinja/translate.ts'
import { ending, opening, outcomes } from './outcomes.ts'
import { leaves } from './prune.ts'
import { anyOf, part, type Scope, type Writing } from './writing.ts'

const TIME_TYPES: Readonly<Record<TimePart, ValueType>> = {
  'second-of-day': { is: 'number', low: 0, high: 86_399, integer: true, unit: 's' },
  weekday: { is: 'number', low: 0, high: 6, integer: true },
  day: { is: 'number', low: 1, high: 31, integer: true },
  month: { is: 'number', low: 1, high: 12, integer: true },
  year: { is: 'number', low: 1970, high: 9999, integer: true },
  'day-of-year': { is: 'number', low: 1, high: 366, integer: true },
  'utc-offset': { is: 'number', low: -43_200, high: 50_400, integer: true, unit: 's' },
  timestamp: { is: 'number', low: 0, integer: false, unit: 's' },
}

/** The attribute that holds a part of the local time. */
export function timeAttribute(home: Home, name: TimePart): AttributeRead {
  return outsideAttribute(home, `time.${name.replaceAll('-', '_')}`, 'time', TIME_TYPES[name])
}

/** Seconds since a state took its value: any number, as no clock runs. */
export function ageAttribute(home: Home, entity: string, since: Parameters<TemplateContext['age']>[1]): AttributeRead {
  home.assumptions.add('how long a state stands already is taken as any time')
  return outsideAttribute(home, `${entity}.seconds_since_${since}`, entity, { is: 'number', low: 0, integer: false, unit: 's' })
}

/** A part of what comes from outside: of an attribute, of what is computed of such alone, or of a local that was given one. */
function partRead(w: Writing, of: AutomationExpression, name: string, type: ValueType): AttributeRead | undefined {
  if (of.is === 'local') {
    const given = w.home.locals.get(`${w.automation} ${of.name}`) ?? []
    return given.length === 1 && given[0]!.is !== 'local' ? partRead(w, given[0]!, name, type) : undefined
  }
  if (of.is === 'apply') {
    const read = leavesOf(of)
    if (!read.every((leaf) => comesFromOutside(w, leaf))) return undefined
    // Named after one value that it is computed of, and how.
    for (const leaf of read) {
      const part = leaf.is === 'read' ? partRead(w, leaf, `${digest(of)}.${name}`, type) : undefined
      if (part !== undefined) return part
    }
    return undefined
  }
  const known = of.is === 'read' ? w.home.attributes.get(of.attribute) : undefined
  if (known?.outside !== true || known.type.is !== 'any' || w.home.inventory.templates.has(known.id)) return undefined
  return outsideAttribute(w.home, `${known.id}.${name}`, known.thing, type, known.role === 'helper')
}

/** Whether a value is one from outside that no service sets, or a local that only such values and constants decide. */
export function comesFromOutside(w: Writing, leaf: AutomationExpression, way: readonly string[] = []): boolean {
  if (leaf.is === 'read') {
    const known = w.home.attributes.get(leaf.attribute)
    const domain = domainOf(known?.thing ?? '')
    return known?.outside === true && (reportingDomains.has(domain) || !entityDomains.has(domain))
  }
  if (leaf.is !== 'local' || way.includes(leaf.name)) return false
  const given = w.home.locals.get(`${w.automation} ${leaf.name}`)
  if (given === undefined) return false
  let outside = true
  for (const one of given) leaves(one, (inner) => (outside &&= inner.is === 'value' || comesFromOutside(w, inner, [...way, leaf.name])))
  return outside
}

/** All entities of a domain that only reports. */
function entitiesOf(home: Home, domain: string): AttributeRead | undefined {
  if (!reportingDomains.has(domain)) return undefined
  home.assumptions.add(
    'what a template computes of all entities of a domain that only report is taken as any value where no registry lists them',
  )
  return outsideAttribute(home, `states.${domain}`, `states.${domain}`, { is: 'any' })
}

/** More entities than these are not told apart where a name is computed. */
const FEW = 40

/** What a leaf reads; of a local what it was given reads, or its own name where that is not known. */
function readsOfLeaf(w: Writing, leaf: AutomationExpression, way: readonly string[] = []): readonly string[] {
  if (leaf.is === 'read') return [leaf.attribute]
  // Which trigger it was chooses between what is said of each.
  if (leaf.is !== 'local' || leaf.name === 'trigger.index') return []
  const given = way.includes(leaf.name) ? undefined : w.home.locals.get(`${w.automation} ${leaf.name}`)
  if (given === undefined) return [leaf.name]
  const found: string[] = []
  for (const one of given) leaves(one, (inner) => found.push(...readsOfLeaf(w, inner, [...way, leaf.name])))
  return found
}

/** Whom a computed name can mean: the entities of its domain that the home names, and somebody else. */
function namedBy(w: Writing, name: AutomationExpression): { readonly known: readonly string[]; readonly other: string } | undefined {
  const read = new Set<string>()
  leaves(name, (leaf) => read.add(leaf.is === 'read' ? leaf.attribute : leaf.is === 'local' ? leaf.name : ''))
  const from = [...read].filter((one) => one !== '').sort()
  if (from.length === 0 || holdsOpen(name)) return undefined
  const [begins, ends] = [opening(w, name).trimStart(), ending(name)]
  const few = outcomes(w, name)
  const other = `named_by.${slug(`${w.automation} ${begins} ${from.join(' ')} ${ends}`)}`
  if (few !== undefined && few.length <= FEW) return { known: few.filter((one) => ENTITY.test(one)), other }
  const domain = begins.includes('.') ? domainOf(begins) : ''
  if (domain === '') {
    // A whole name: taken from a text that somebody enters or an integration gives.
    const given = new Set<string>()
    leaves(name, (leaf) => {
      for (const one of readsOfLeaf(w, leaf)) given.add(one)
    })
    if (given.size === 0 || ![...given].every((one) => w.home.attributes.get(one)?.outside === true)) return undefined
    w.home.assumptions.add('an entity whose name somebody enters in a text is none that automations here command')
    return { known: [], other }
  }
  const known = (w.home.names.get(domain) ?? []).filter((entity) => entity.startsWith(begins) && entity.endsWith(ends))
  if (known.length > FEW) {
    if (!reportingDomains.has(domain) || !leavesOf(name).every((leaf) => comesFromOutside(w, leaf))) return undefined
    w.home.assumptions.add('what an entity says that only reports, and whose name comes from outside, is taken as any value')
    return { known: [], other }
  }
  w.home.assumptions.add('an entity whose name is computed is one that this home names, or one that nothing here commands')
  return { known, other }
}

export function template(w: Writing, text: string, at: Location, wanted: Wanted, scope: Scope = w.scope): TemplateResult {
  const context: TemplateContext = {
    entity: (id, name) => (ENTITY.test(id) ? attribute(w.home, id, name, at) : undefined),
    age: (id, since) => (ENTITY.test(id) ? ageAttribute(w.home, id, since) : undefined),
    time: (name) => timeAttribute(w.home, name),
    variables: scope,
    registry: (question, argument) => registered(w.home, question, argument),
    macros: (file) => w.home.macros.get(file),
    part: (of, name, type) => partRead(w, of, name, type),
    named: (name) => namedBy(w, name),
    outside: (leaf) => comesFromOutside(w, leaf),
    entities: (domain) => entitiesOf(w.home, domain),
    unmodelled: (why) => part(w, why, at),
  }
  const result = translateTemplate(text, context, wanted)
  if (result.ok) for (const assumption of result.assumptions) w.home.assumptions.add(assumption)
  return result
}

/** The expression of a template; what is no template at all may be anything. */
export function templated(
  w: Writing,
  text: string,
  at: Location,
  wanted: Exclude<Wanted, 'list'>,
  scope: Scope = w.scope,
): AutomationExpression {
  const result = template(w, text, at, wanted, scope)
  if (result.ok) return result.value
  const type: ValueType =
    wanted === 'condition' || wanted === 'truth' ? { is: 'bool' } : wanted === 'number' ? { is: 'number', integer: false } : { is: 'any' }
  w.home.diagnostics.push({
    code: 'home-assistant/broken-template',
    severity: 'warning',
    message: `the template cannot be read: ${result.why}`,
    at,
  })
  return type.is === 'bool' ? value(false) : anyOf(w, type, `a template that cannot be read: ${result.why}`, at)
}

function registered(
  { inventory, automationIds, assumptions, names }: Home,
  question: RegistryQuestion,
  argument: string,
): readonly string[] | undefined {
  const { registry, groups } = inventory
  if (question === 'members') return groups.get(argument)?.members ?? (argument.startsWith('group.') ? undefined : [argument])
  if (question === 'domain' && argument === 'automation' && registry === undefined) return [...automationIds.keys()].sort()
  if (question === 'domain' && registry === undefined && helperDomains.has(argument)) {
    assumptions.add('where no registry is there, the helpers of a home are those that its files define or name')
    return names.get(argument) ?? []
  }
  if (registry === undefined) return undefined
  switch (question) {
    case 'domain':
      return [...registry.entities].filter((entity) => entity.startsWith(`${argument}.`)).sort()
    case 'area_entities':
      return registry.ofArea.get(argument) ?? []
    case 'area_id':
      return [registry.areaOf.get(argument) ?? [...registry.areaNames].find(([, name]) => name === argument)?.[0]].flatMap(
        (one) => one ?? [],
      )
    case 'area_name':
      return [registry.areaNames.get(registry.areaOf.get(argument) ?? argument)].flatMap((one) => one ?? [])
    case 'areas':
      return [...registry.areaNames.keys()].sort()
    case 'device_entities':
      return registry.ofDevice.get(argument) ?? []
    case 'label_entities':
      return registry.ofLabel.get(argument) ?? []
    case 'floor_entities':
      return registry.ofFloor.get(argument) ?? []
    case 'device_id':
      return [...registry.ofDevice].flatMap(([device, entities]) => (entities.includes(argument) ? [device] : [])).slice(0, 1)
    case 'area_devices':
    case 'label_areas':
    case 'floor_areas':
    case 'integration_entities':
      return undefined
  }
}
