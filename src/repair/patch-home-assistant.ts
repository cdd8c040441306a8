/** Edits of automations in a configuration of Home Assistant: conditions, actions in `if`, delays, thresholds, and a switch as an `input_boolean`. */
import { isMap, isScalar, isSeq } from 'yaml'
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Automation, AutomationExpression, Behaviour } from '../model/automation.ts'
import { automationsOf } from './conditions.ts'
import type { Edit } from './edit.ts'
import { numbersIn } from './numbers.ts'
import type { PatchableFile } from './patchable-file.ts'
import {
  blockText,
  columnOf,
  inTurn,
  insertItem,
  insertKey,
  isPatched,
  nodeAt,
  offsetOf,
  pathsIn,
  replaceAt,
  wrapItem,
  type Patched,
  type YamlPath,
} from './yaml-text.ts'

const cannot = (why: string): Patched => ({ why })
/** Keys under which lists of actions stand. */
const actions: ReadonlySet<string | number> = new Set(['action', 'actions', 'sequence', 'then', 'else', 'default', 'parallel'])

/** The text of one file with the edits of the automations that stand in it. */
export function patchHomeAssistant({ name, text }: PatchableFile, edits: readonly Edit[], behaviour: Behaviour): Patched {
  const automations = automationsOf(behaviour)
  const places = pathsIn(text)
  const offset = (part: { readonly at: Location } | undefined): number | undefined =>
    part?.at.range === undefined ? undefined : offsetOf(text, part.at.range.start)
  const changes: { readonly last: boolean; readonly make: (now: string) => Patched }[] = []
  const wrapped = new Set<string>()
  for (const edit of edits) {
    if (edit.is === 'switch') continue
    const automation = automations.get(edit.automation)
    if (automation?.at.source !== name) continue
    const path = placeOf(places, offset(automation))
    if (path === undefined || nodeAt(text, path) === undefined) return cannot('nobody knows where the automation stands')
    switch (edit.is) {
      case 'guard': {
        const condition = conditionOf(edit.condition)
        if (condition === undefined) return cannot('the condition cannot be written here')
        changes.push({ last: false, make: (now) => addCondition(now, path, condition) })
        break
      }
      case 'step-guard':
      case 'delay': {
        const item = itemOf(places, path, offset(automation.steps.find(({ id }) => id === edit.step)))
        if (item === undefined) return cannot('nobody knows where the action stands')
        if (edit.is === 'delay') {
          const flow = (inner: string): string => `[{delay: "00:00:01"}, ${inner}]`
          changes.push({
            last: true,
            make: (now) =>
              typeof item.at(-1) === 'number'
                ? insertItem(now, item, 'delay: "00:00:01"')
                : wrapItem(now, item, { flow, block: ['- delay: "00:00:01"'], by: 2, lead: '- ' }),
          })
          break
        }
        const condition = conditionOf(edit.condition)
        if (condition === undefined) return cannot('the condition cannot be written here')
        const key = JSON.stringify(item)
        if (wrapped.has(key)) break
        wrapped.add(key)
        const lines = [
          'if:',
          ...blockText([condition], 0)
            .split('\n')
            .map((line) => `  ${line}`),
          'then:',
        ]
        const flow = (inner: string): string => `{if: [${JSON.stringify(condition)}], then: [${inner}]}`
        changes.push({ last: false, make: (now) => wrapItem(now, item, { flow, block: lines, by: 4, lead: '  - ' }) })
        break
      }
      case 'mode':
        changes.push({
          last: false,
          make: (now) =>
            nodeAt(now, [...path, 'mode']) === undefined
              ? insertKey(now, path, 'mode', edit.run, ['conditions', 'condition', 'actions', 'action', 'sequence'])
              : replaceAt(now, [...path, 'mode'], edit.run),
        })
        break
      case 'for': {
        const trigger = placeOf(places, offset(automation.triggers[edit.trigger]))
        if (trigger === undefined || !path.every((key, at) => trigger[at] === key) || trigger.length === path.length)
          return cannot('nobody knows where the trigger stands')
        const span = JSON.stringify(clockOf(edit.milliseconds))
        changes.push({
          last: false,
          make: (now) =>
            nodeAt(now, [...trigger, 'for']) === undefined
              ? insertKey(now, trigger, 'for', span, [])
              : replaceAt(now, [...trigger, 'for'], span),
        })
        break
      }
      case 'number':
        changes.push({ last: false, make: (now) => moveNumber(now, path, automation, edit) })
        break
      case 'value':
      case 'bounds':
      case 'whole-guard':
        return cannot('such a change cannot be written for Home Assistant')
    }
  }
  return inTurn(
    text,
    [...changes.filter(({ last }) => !last), ...changes.filter(({ last }) => last)].map(({ make }) => make),
  )
}

/** The root file with the switches declared, where that is a plain mapping. */
export function declareSwitches(text: string, edits: readonly Edit[]): Patched {
  const named = edits.flatMap((edit) => (edit.is === 'switch' ? [edit.attribute.id.slice('input_boolean.'.length)] : []))
  return inTurn(
    text,
    named.map((one) => (now: string) => {
      const list = nodeAt(now, ['input_boolean'])
      if (list === undefined) return `${now.trimEnd()}\n\ninput_boolean:\n  ${one}:\n    name: Arbiter\n`
      if (!isMap(list) || list.items.length === 0) return cannot('`input_boolean` stands elsewhere')
      return insertKey(now, ['input_boolean'], one, '{name: Arbiter}', [])
    }),
  )
}

/** `00:10:00`. */
const clockOf = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000)
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

type Places = ReturnType<typeof pathsIn>

/** The mapping that begins there. */
function placeOf(places: Places, offset: number | undefined): YamlPath | undefined {
  if (offset === undefined) return undefined
  const own = places.find(({ node }) => isMap(node) && node.range?.[0] === offset)
  if (own !== undefined) return own.path
  // A script begins at its name.
  const named = places.flatMap(({ path, node }) =>
    isMap(node)
      ? node.items.flatMap(({ key, value }) =>
          isScalar(key) && key.range?.[0] === offset && isMap(value) ? [[...path, String(key.value)]] : [],
        )
      : [],
  )
  return named[0]
}

/** The innermost action of the automation that a place stands in. */
function itemOf(places: Places, automation: YamlPath, offset: number | undefined): YamlPath | undefined {
  const inside = places.filter(
    ({ path, node }) =>
      offset !== undefined &&
      path.length > automation.length &&
      automation.every((key, at) => path[at] === key) &&
      // An action of a list, or one that stands alone.
      (typeof path.at(-1) === 'number' ? actions.has(path.at(-2)!) : actions.has(path.at(-1)!) && isMap(node)) &&
      node.range !== undefined &&
      node.range !== null &&
      node.range[0] <= offset &&
      offset < node.range[1],
  )
  return inside.at(-1)?.path
}

/** Among the conditions, as the last of them; a single condition becomes one of two. */
function addCondition(text: string, path: YamlPath, condition: object): Patched {
  const key = ['conditions', 'condition'].find((one) => nodeAt(text, [...path, one]) !== undefined)
  if (key === undefined) {
    const action = ['actions', 'action'].find((one) => nodeAt(text, [...path, one]) !== undefined)
    if (action === undefined) return cannot('the automation has no actions of its own')
    const map = nodeAt(text, path)
    if (isMap(map) && map.flow === true) return insertKey(text, path, 'condition', JSON.stringify([condition]), [action])
    const column = columnOf(text, path)
    const lines = blockText([condition], column + 2)
    return insertKey(text, path, 'condition', `\n${' '.repeat(column + 2)}${lines}`, [action])
  }
  const place = [...path, key]
  const node = nodeAt(text, place)
  if (isSeq(node) && node.items.length > 0) {
    const first = [...place, 0]
    return node.flow === true
      ? insertItem(text, first, JSON.stringify(condition))
      : insertItem(text, first, blockText(condition, columnOf(text, first)))
  }
  if (isMap(node) || isScalar(node)) {
    const before = node.range === undefined || node.range === null ? '' : text.slice(node.range[0], node.range[1]).trimEnd()
    if (before === '' || before.startsWith('|') || before.startsWith('>')) return cannot('the condition is written over several lines')
    const column = columnOf(text, path) + 2
    if (isScalar(node) || node.flow === true) return replaceAt(text, place, `[${before}, ${JSON.stringify(condition)}]`)
    const start = node.range![0]
    const indent = start - (text.lastIndexOf('\n', start - 1) + 1)
    const moved = before.split('\n').map((line, at) => (at === 0 ? line : ' '.repeat(Math.max(0, column + 2 - indent)) + line))
    const line = text.lastIndexOf('\n', start - 1) + 1
    const listed = `${' '.repeat(column)}- ${moved.join('\n')}\n${' '.repeat(column)}- ${blockText(condition, column + 2)}`
    return text.slice(0, line) + listed + text.slice(start + before.length)
  }
  return cannot('the condition cannot be added to')
}

/** As Home Assistant writes conditions; nothing where it has no words for it. */
function conditionOf(expression: AutomationExpression): object | undefined {
  if (expression.is !== 'apply') return undefined
  const { operator, arguments: given } = expression
  switch (operator) {
    case 'not':
    case 'and':
    case 'or': {
      const parts = given.map(conditionOf)
      return parts.every((part) => part !== undefined) ? { condition: operator, conditions: parts } : undefined
    }
    case '==':
    case '!=': {
      const [left, right] = given
      if (left?.is !== 'read' || right?.is !== 'value' || typeof right.value !== 'string') return undefined
      const entity = entityOf(left.attribute)
      const state = entity && { condition: 'state', ...entity, state: right.value }
      return state === undefined || operator === '==' ? state : { condition: 'not', conditions: [state] }
    }
    case '<':
    case '>': {
      const [left, right] = given
      const read = left?.is === 'apply' && left.operator === 'number' ? left.arguments[0] : left
      if (read?.is !== 'read' || right?.is !== 'value' || typeof right.value !== 'number') return undefined
      const entity = entityOf(read.attribute)
      return entity && { condition: 'numeric_state', ...entity, [operator === '<' ? 'below' : 'above']: right.value }
    }
    default:
      return undefined
  }
}

function entityOf(attribute: string): { readonly entity_id: string; readonly attribute?: string } | undefined {
  const [domain, entity, ...rest] = attribute.split('.')
  if (domain === undefined || entity === undefined || !/^[a-z0-9_]+$/.test(domain) || !/^[a-z0-9_]+$/.test(entity)) return undefined
  return rest.length === 0 ? { entity_id: `${domain}.${entity}` } : { entity_id: `${domain}.${entity}`, attribute: rest.join('.') }
}

/** A threshold that stands once in the automation, as a number or within a text. */
function moveNumber(text: string, path: YamlPath, automation: Automation, { nth, from, to }: Extract<Edit, { is: 'number' }>): Patched {
  if (numbersIn(automation)[nth] !== from) return cannot('there is no such number')
  const inside = pathsIn(text).filter(
    ({ path: at, node }) =>
      path.every((key, i) => at[i] === key) &&
      isScalar(node) &&
      ['above', 'below'].includes(String(at.at(-1))) &&
      Number(node.value) === from,
  )
  if (inside.length !== 1) return cannot('the number does not stand alone')
  const changed = replaceAt(text, inside[0]!.path, String(to))
  return isPatched(changed) ? changed : cannot('the number cannot be changed')
}
