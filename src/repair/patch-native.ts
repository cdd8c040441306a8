/** Edits of automations in the project's own YAML. */
import type { Automation, AutomationExpression, Behaviour, ThingAttribute } from '../model/automation.ts'
import { celText } from './cel-text.ts'
import { automationsOf } from './conditions.ts'
import type { Edit } from './edit.ts'
import { numbersIn } from './numbers.ts'
import {
  inTurn,
  insertItem,
  insertKey,
  isPatched,
  nodeAt,
  quoted,
  replaceAt,
  scalarAt,
  wrapItem,
  type Patched,
  type YamlPath,
} from './yaml-text.ts'

/** The text of a file with the edits that concern its automations; `applications`: those that stand in it. */
export function patchNative(text: string, edits: readonly Edit[], behaviour: Behaviour, applications: ReadonlySet<string>): Patched {
  const automations = automationsOf(behaviour)
  const own = edits.filter((edit) =>
    'automation' in edit
      ? applications.has(automations.get(edit.automation)?.application ?? '')
      : edit.automations.some((id) => applications.has(automations.get(id)?.application ?? '')),
  )
  const needed = new Set(own.flatMap((edit) => ('condition' in edit ? readsOf(edit.condition) : [])))
  const attributes = new Map(behaviour.attributes.map((attribute) => [attribute.id, attribute]))
  for (const edit of own) if (edit.is === 'switch') attributes.set(edit.attribute.id, edit.attribute)
  const names = namesIn(applications)
  const declared = [...needed].sort().flatMap((id) => attributes.get(id) ?? [])
  // Delays go last: they move the steps behind them.
  const order = [...own].sort((a, b) => Number(a.is === 'delay') - Number(b.is === 'delay'))
  const wrapped = new Set<string>()
  return inTurn(text, [
    ...order.map((edit) => (now: string) => patchOne(now, edit, automations, names, wrapped)),
    ...declared.map((attribute) => (now: string) => declare(now, attribute, names)),
  ])
}

type Names = (attribute: string) => string | undefined

/** Helpers are called by their name alone where their application stands, and by nobody else. */
const namesIn =
  (applications: ReadonlySet<string>): Names =>
  (id) => {
    const slash = id.indexOf('/')
    if (slash < 0) return id
    return applications.has(id.slice(0, slash)) ? id.slice(slash + 1) : undefined
  }

const readsOf = (expression: AutomationExpression): readonly string[] =>
  expression.is === 'read' ? [expression.attribute] : expression.is === 'apply' ? expression.arguments.flatMap(readsOf) : []

const TRUE: AutomationExpression = { is: 'value', value: true }
const cannot = (why: string): Patched => ({ why })

function patchOne(text: string, edit: Edit, automations: ReadonlyMap<string, Automation>, names: Names, wrapped: Set<string>): Patched {
  if (edit.is === 'switch') return text
  const automation = automations.get(edit.automation)
  const path = automation?.at.path
  if (automation === undefined || path === undefined) return cannot('nobody knows where the automation stands')
  switch (edit.is) {
    case 'guard': {
      const condition = celText(edit.condition, names)
      if (condition === undefined) return cannot('the condition cannot be written here')
      const before = scalarAt(text, [...path, 'if'])
      if (before === undefined) return insertKey(text, path, 'if', quoted(condition), ['do'])
      return replaceAt(text, [...path, 'if'], quoted(`(${String(before)}) && ${bracketed(condition)}`))
    }
    case 'whole-guard': {
      const condition = celText(edit.condition, names)
      if (condition === undefined) return cannot('the condition cannot be written here')
      return replaceAt(text, [...path, 'if'], JSON.stringify(edit.condition) === JSON.stringify(TRUE) ? 'true' : quoted(condition))
    }
    case 'mode':
      return nodeAt(text, [...path, 'mode']) === undefined
        ? insertKey(text, path, 'mode', edit.run, ['do'])
        : replaceAt(text, [...path, 'mode'], edit.run)
    case 'for': {
      const place = automation.triggers[edit.trigger]?.at.path
      if (place === undefined) return cannot('nobody knows where the trigger stands')
      const span = `${edit.milliseconds / 1000} s`
      return nodeAt(text, [...place, 'for']) === undefined
        ? insertKey(text, place, 'for', span, [])
        : replaceAt(text, [...place, 'for'], span)
    }
    case 'number':
      return patchNumber(text, edit, automation)
    case 'step-guard':
    case 'value':
    case 'bounds':
    case 'delay': {
      const step = automation.steps.find(({ id }) => id === edit.step)
      const item = step?.at.path && itemOf(step.at.path)
      if (step?.do !== 'set' || item === undefined) return cannot('nobody knows where the step stands')
      if (edit.is === 'delay') return insertItem(text, item, '{delay: 1 s}')
      if (edit.is === 'step-guard') {
        const condition = celText(edit.condition, names)
        if (condition === undefined) return cannot('the condition cannot be written here')
        const key = JSON.stringify(item)
        // Several attributes that one step sets are guarded once.
        if (wrapped.has(key)) return text
        wrapped.add(key)
        return wrapItem(text, item, {
          flow: (inner) => `{choose: [{if: ${quoted(condition)}, do: [${inner}]}]}`,
          block: ['choose:', `  - if: ${quoted(condition)}`, '    do:'],
          by: 8,
          lead: '      - ',
        })
      }
      const name = names(step.attribute)
      if (name === undefined) return cannot('the attribute belongs to somebody else')
      const place = [...item, 'set', name]
      if (edit.is === 'value') return replaceAt(text, place, JSON.stringify(edit.value))
      return bounded(text, place, edit)
    }
  }
}

const bracketed = (condition: string): string => (/ (&&|\|\|) /.test(condition) ? `(${condition})` : condition)

/** The item of the list of steps: one item may set several attributes. */
const itemOf = (path: YamlPath): YamlPath => {
  const at = path.lastIndexOf('set')
  return at > 0 && at === path.length - 2 ? path.slice(0, at) : path
}

function bounded(text: string, place: YamlPath, { low, high }: Extract<Edit, { is: 'bounds' }>): Patched {
  const node = nodeAt(text, place)
  const wrapped = scalarAt(text, place) === undefined ? scalarAt(text, [...place, 'value']) : scalarAt(text, place)
  if (node === undefined || wrapped === undefined) return cannot('the value is not one expression')
  if (typeof wrapped === 'number') return replaceAt(text, place, String(Math.min(high ?? Infinity, Math.max(low ?? -Infinity, wrapped))))
  const least = low === undefined ? String(wrapped) : `max(${low}, ${String(wrapped)})`
  return replaceAt(text, place, quoted(high === undefined ? least : `min(${high}, ${least})`))
}

/** The number stands in the text of one of the conditions, which are read in this order. */
function patchNumber(text: string, { nth, from, to }: Extract<Edit, { is: 'number' }>, automation: Automation): Patched {
  const path = automation.at.path!
  let left = nth
  const places: (readonly [YamlPath, number])[] = automation.triggers.flatMap((trigger) =>
    trigger.on === 'becomes' && trigger.at.path
      ? [[[...trigger.at.path, 'becomes'], numbersIn({ ...automation, triggers: [trigger], guard: TRUE }).length] as const]
      : [],
  )
  places.push([[...path, 'if'], Infinity])
  for (const [place, count] of places) {
    if (left >= count) {
      left -= count
      continue
    }
    const written = scalarAt(text, place)
    if (typeof written !== 'string') return cannot('the number stands in no text')
    let seen = -1
    const changed = written.replace(/(?<![\w.])\d+(?:\.\d+)?(?![\w.])/g, (number) =>
      ++seen === left && Number(number) === from ? String(to) : number,
    )
    return changed === written ? cannot('the number is written in another way') : replaceAt(text, place, quoted(changed))
  }
  return cannot('there is no such number')
}

/** Declares what a condition reads where the file does not know it yet. */
function declare(text: string, attribute: ThingAttribute, names: Names): Patched {
  if (attribute.role === 'helper')
    return names(attribute.id) === undefined ? cannot('a helper of another application cannot be read') : text
  const { thing, id } = attribute
  const name = id.slice(thing.length + 1)
  const type = typeText(attribute)
  if (type === undefined || !id.startsWith(`${thing}.`)) return cannot(`\`${id}\` cannot be declared here`)
  if (nodeAt(text, ['things', thing, 'attributes', name]) !== undefined) return text
  if (nodeAt(text, ['things', thing, 'attributes']) !== undefined) return insertKey(text, ['things', thing, 'attributes'], name, type, [])
  const whole = `{attributes: {${name}: ${type}}}`
  if (nodeAt(text, ['things']) !== undefined) {
    const added = insertKey(text, ['things'], thing, whole, [])
    return isPatched(added) ? added : cannot('`things` is empty')
  }
  return insertKey(text, [], 'things', `{${thing}: ${whole}}`, ['automations'])
}

function typeText({ type, role, outside, delivery, initial }: ThingAttribute): string | undefined {
  const face = [role === 'actuator' ? 'actuator: true' : 'sensor: true', ...(role === 'actuator' && outside ? ['outside: true'] : [])]
  const rest = [
    ...face,
    ...(delivery === 'message' ? ['delivery: message'] : []),
    ...(initial === undefined ? [] : [`initial: ${JSON.stringify(initial)}`]),
  ].join(', ')
  switch (type.is) {
    case 'bool':
    case 'text':
    case 'any':
      return `{${type.is}: true, ${rest}}`
    case 'enum':
      return `{enum: ${JSON.stringify(type.values)}, ${type.other ? 'other: true, ' : ''}${rest}}`
    case 'number': {
      const ends = [...(type.low === undefined ? [] : [`low: ${type.low}`]), ...(type.high === undefined ? [] : [`high: ${type.high}`])]
      const unit = type.unit === undefined ? '' : `, unit: ${JSON.stringify(type.unit)}`
      return `{${type.integer ? 'integer' : 'number'}: ${ends.length === 0 ? 'true' : `{${ends.join(', ')}}`}${unit}, ${rest}}`
    }
  }
}
