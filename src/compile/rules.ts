/** Compiles a rule set: names of devices to dimensions of cells, conditions to formulas over them, and these to boxes where few boxes hold all that they select. */
import { conditionHolds, type DeviceValue, type RuleCondition, type RuleName } from '../expression/rule-condition.ts'
import type { DeviceFact, RuleSet } from '../model/rule-set.ts'
import { boxesOf, type Box } from './rules-boxes.ts'
import { cellsOf } from './rules-cells.ts'
import { celFormula, noteMembers } from './rules-cel.ts'
import { newDrafts, uniteRelated, type Drafts } from './rules-drafts.ts'
import type { Dimension, Formula } from './rules-formula.ts'
import { queryFormula } from './rules-query.ts'
import { newTables, type Tables } from './rules-tables.ts'

export interface CompiledRule {
  readonly condition: RuleCondition
  readonly priority: number
  readonly formula: Formula
  /** Dimensions of the names that it reads. */
  readonly reads: readonly number[]
  /** Hold every device that the rule selects; undefined: too many. */
  readonly boxes: readonly Box[] | undefined
}

export interface CompiledRules {
  readonly language: 'cel' | 'query'
  readonly dimensions: readonly Dimension[]
  readonly tables: Tables
  /** By dimension the cells, as bits, that have a value and are no object. */
  readonly plain: readonly Uint32Array[]
  /** Names that may be any text. */
  readonly anyText: ReadonlySet<string>
  readonly rules: readonly CompiledRule[]
  /** Some of the rules compiled by themselves, in that order: what fewer conditions ask can be told apart where all together is too much. */
  readonly alone: (rules: readonly number[]) => CompiledRules
}

/** By dimension: the cell, and the whole number in it where that is known. Dimensions that are not there are missing. */
export type Point = ReadonlyMap<number, { readonly cell: number; readonly whole?: number }>

export function compileRules(set: RuleSet<RuleCondition, RuleName>): CompiledRules {
  const drafts = newDrafts()
  const reading = { drafts, names: set.names }
  for (const { condition } of set.rules) if (condition.language === 'cel') noteMembers(reading, condition.expression)
  const formulas = set.rules.map(({ condition }) =>
    condition.language === 'cel' ? celFormula(reading, condition.expression) : queryFormula(drafts, condition.query),
  )
  if (set.language === 'query') noteInside(drafts)
  const sizes = uniteRelated(drafts)
  const dimensions = [...drafts.byName.values()].map((draft): Dimension => {
    const of = draft.of === undefined ? undefined : drafts.indexOf.get(draft.of)!
    return {
      name: draft.name,
      cells: cellsOf(draft, sizes.get(draft.name)!),
      ...(draft.member === undefined ? {} : { member: draft.member }),
      ...(of === undefined ? {} : { of }),
      ...(draft.inside.size === 0 ? {} : { inside: [...draft.inside].map((name) => drafts.indexOf.get(name)!) }),
    }
  })
  const tables = newTables(dimensions)
  const rules = set.rules.map(({ condition, priority }, index): CompiledRule => {
    const formula = formulas[index]!
    return { condition, priority, formula, reads: [...readsOf(formula)], boxes: boxesOf(formula, dimensions, tables) }
  })
  const anyText = new Set([...drafts.byName.values()].flatMap(({ name, kind }) => (kind === 'text' || kind === 'json' ? [name] : [])))
  const alone = (some: readonly number[]): CompiledRules => compileRules({ ...set, rules: some.map((index) => set.rules[index]!) })
  return { language: set.language, dimensions, tables, plain: dimensions.map(plainCells), anyText, rules, alone }
}

function plainCells({ cells }: Dimension): Uint32Array {
  const bits = new Uint32Array((cells.length + 31) >> 5)
  cells.forEach(({ value }, cell) => {
    if (value !== undefined && !(typeof value === 'object' && 'is' in value)) bits[cell >> 5] = bits[cell >> 5]! | (1 << (cell & 31))
  })
  return bits
}

/** A property with properties inside is an object, and no scalar. */
function noteInside(drafts: Drafts): void {
  for (const name of drafts.byName.keys()) {
    for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) drafts.byName.get(name.slice(0, at))?.inside.add(name)
  }
}

/**
 * The values of a device that lies at the point; undefined where a cell has no known value, or properties contradict each other. Of `reads`, what no device
 * lacks gets a value where the point says nothing.
 */
export function deviceAt(
  { dimensions }: CompiledRules,
  point: Point,
  reads: readonly number[],
): ReadonlyMap<string, Exclude<DeviceValue, undefined>> | undefined {
  const device = new Map<string, Exclude<DeviceValue, undefined>>()
  const members = new Map<number, string[]>()
  for (const [index, { cell, whole }] of point) {
    const dimension = dimensions[index]!
    const { value, other } = dimension.cells[cell]!
    if (other === true) return undefined
    if (dimension.of !== undefined) {
      if (value === true) members.set(dimension.of, [...(members.get(dimension.of) ?? []), dimension.member ?? OTHER_MEMBER])
    } else if (value !== undefined) device.set(dimension.name, whole ?? value)
  }
  for (const index of reads) {
    const { name, of, cells } = dimensions[index]!
    const first = cells[0]!
    if (of === undefined && !point.has(index) && first.value !== undefined) device.set(name, first.value)
  }
  for (const [index, { name, of }] of dimensions.entries()) {
    if (of === undefined && device.get(name) === true && isSet(dimensions, index)) device.set(name, (members.get(index) ?? []).sort())
  }
  for (const [index, { name, inside }] of dimensions.entries()) {
    if (inside?.some((child) => device.has(dimensions[child]!.name)) !== true) continue
    const value = device.get(name)
    if (!point.has(index)) device.set(name, { is: 'object' })
    else if (typeof value !== 'object' || !('is' in value)) return undefined
  }
  return device
}

const OTHER_MEMBER = '(other)'

function isSet(dimensions: readonly Dimension[], index: number): boolean {
  return dimensions[index]!.cells.every(({ value }) => value === undefined || value === true)
}

function readsOf(formula: Formula): ReadonlySet<number> {
  const found = new Set<number>()
  const walk = (node: Formula): void => {
    switch (node.is) {
      case 'constant':
        return
      case 'test':
        for (const index of node.reads) found.add(index)
        return
      case 'flag':
        found.add(node.dimension)
        return
      case 'not':
      case 'known': {
        walk(node.of)
        return
      }
      case 'all':
      case 'any': {
        node.of.forEach(walk)
        return
      }
      case 'if': {
        for (const part of [node.condition, node.then, node.otherwise]) walk(part)
        return
      }
      case 'or-value': {
        for (const part of [node.of, node.otherwise]) walk(part)
        return
      }
    }
  }
  walk(formula)
  return found
}

/** Whether the rule selects the device. */
export function selects(rule: CompiledRule, device: ReadonlyMap<string, DeviceValue>): boolean {
  return conditionHolds(rule.condition, (name) => device.get(name)) === true
}

/** The device as facts by name; an object without known properties gets one. */
export function factsOf(device: ReadonlyMap<string, Exclude<DeviceValue, undefined>>): readonly DeviceFact[] {
  const names = [...device.keys()].sort()
  return names.flatMap((name): readonly DeviceFact[] => {
    const value = device.get(name)!
    if (typeof value !== 'object' || !('is' in value)) return [{ name, value }]
    return names.some((other) => other.startsWith(`${name}.`)) ? [] : [{ name: `${name}.other`, value: true }]
  })
}
