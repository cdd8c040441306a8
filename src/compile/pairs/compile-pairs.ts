/** The ways of all rules of a behaviour as boxes: what each rule needs to command each attribute. */
import type { ConflictStructure } from '../../../constraints/reaction.ts'
import { boxesOf, intersection, type Box } from './boxes.ts'
import { encodingOf } from './encoding.ts'
import { createSpace, formulaOf } from './formula.ts'
import { scratchOf, tableOf, type Group, type Scratch, type Table } from './table.ts'
import { calledRules, waysOf } from './ways.ts'

export interface Pairs {
  readonly table: Table
  readonly scratch: Scratch
  /** Nothing where the rule never commands the attribute. */
  readonly group: (rule: string, attribute: string) => Group
}

const NONE: Group = { from: 0, to: 0 }
const FREE: Box = { parts: new Map(), differences: [], exact: true }

/** `wanted`: attributes whose commands are asked about. */
export const compilePairs = (structure: ConflictStructure, wanted: (attribute: string) => boolean): Pairs => {
  const called = calledRules(structure)
  const space = createSpace((id) => (structure.writers.has(id) ? undefined : structure.attributes.get(id)))
  const ways = structure.rules
    .flatMap((rule) => waysOf(structure, rule, called))
    .filter(({ attribute }) => wanted(attribute))
    .map((way) => ({
      way,
      key: keyOf(way.rule, way.attribute),
      formulas: way.literals.map(({ condition, truth }) => formulaOf(condition, truth, space)),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const encoded = encodingOf(
    space,
    ways.flatMap(({ formulas }) => formulas),
  )
  const { table, groups } = tableOf(
    encoded,
    ways.map(({ way, formulas }) => [way, conjunction(formulas.map((formula) => boxesOf(formula, encoded)))]),
  )
  const byKey = new Map<string, Group>()
  for (const [at, { key }] of ways.entries()) byKey.set(key, { from: byKey.get(key)?.from ?? groups[at]!.from, to: groups[at]!.to })
  return { table, scratch: scratchOf(table), group: (rule, attribute) => byKey.get(keyOf(rule, attribute)) ?? NONE }
}

const keyOf = (rule: string, attribute: string): string => `${rule}\u0000${attribute}`

/** Boxes of one way; conditions by which they would be too many are left out. */
const MOST_BOXES = 24

const conjunction = (parts: readonly (readonly Box[])[]): readonly Box[] =>
  [...parts]
    .sort((a, b) => a.length - b.length)
    .reduce<readonly Box[]>(
      (boxes, part) =>
        boxes.length * part.length > MOST_BOXES
          ? boxes.map((box) => ({ ...box, exact: false }))
          : boxes.flatMap((one) =>
              part.flatMap((other) => {
                const both = intersection(one, other)
                return both === undefined ? [] : [both]
              }),
            ),
      [FREE],
    )
