/** Questions about rules as scripts for a solver: a device that some rules select and others do not. */
import { LARGEST } from '../expression/literal.ts'
import { toTerms } from '../expression/to-term.ts'
import { all, and, any, bool, eq, FALSE, ge, int, ite, le, not, or, TRUE, variable, type Constant } from '../smt/build.ts'
import { logicOf } from '../smt/logic.ts'
import { printQuery } from '../smt/print.ts'
import type { Assertion, Term } from '../smt/term.ts'
import type { CompiledRules, Point } from './rules.ts'
import type { Cell, Formula, Test } from './rules-formula.ts'
import { FREE, NO, YES } from './rules-tables.ts'

export interface RuleQuestion {
  /** Rules that select the device. */
  readonly selecting: readonly number[]
  /** Rules that do not; each is a label of the core. */
  readonly sparing: readonly number[]
  /** Whether devices of which no value is known count too. */
  readonly others: boolean
}

export interface RuleScript {
  readonly script: string
  /** Whether some name may have values that no cell knows, or some test is free: without a device there still may be one. */
  readonly loose: boolean
  readonly dimensions: readonly number[]
}

interface Sides {
  readonly yes: Term
  readonly no: Term
}

const cellOf = (dimension: number): Term => variable(`c${dimension}`, 'Int')
const wholeOf = (dimension: number): Term => variable(`w${dimension}`, 'Int')

export function ruleScript(compiled: CompiledRules, question: RuleQuestion): RuleScript {
  const { dimensions, tables } = compiled
  const used = new Set<number>()
  const known = new Map<string, Sides>()
  const axioms: Term[] = []
  let free = 0
  const assertions: Assertion[] = []
  for (const rule of question.selecting) assertions.push({ term: sidesOf(compiled.rules[rule]!.formula).yes })
  for (const rule of question.sparing) assertions.push({ label: `r${rule}`, term: not(sidesOf(compiled.rules[rule]!.formula).yes) })
  let loose = free > 0
  for (const index of [...used].sort((a, b) => a - b)) {
    const { cells, inside } = dimensions[index]!
    // Of whole numbers the cell only says whether there is one.
    const last = isWhole(cells) ? (cells[0]!.value === undefined ? 1 : 0) : cells.length - 1
    const open = cells[last]?.other === true
    if (open) loose = true
    if (isWhole(cells)) axioms.push(le(int(-LARGEST), wholeOf(index)), le(wholeOf(index), int(LARGEST)))
    axioms.push(le(int(0), cellOf(index)), le(cellOf(index), int(open && !question.others ? last - 1 : last)))
    const object = cells.findIndex(({ value }) => typeof value === 'object' && 'is' in value)
    for (const child of inside ?? []) if (used.has(child)) axioms.push(or(eq(cellOf(index), int(object)), eq(cellOf(child), int(0))))
  }
  assertions.push(...axioms.map((term) => ({ term })))
  const asked = [...used].sort((a, b) => a - b)
  const values = asked.flatMap((index) => (isWhole(dimensions[index]!.cells) ? [cellOf(index), wholeOf(index)] : [cellOf(index)]))
  const logic = logicOf(assertions.map(({ term }) => term))
  return {
    script: printQuery({ logic, assertions, values }, { produceCores: question.sparing.length > 0 }),
    loose,
    dimensions: asked,
  }

  function sidesOf(node: Formula): Sides {
    switch (node.is) {
      case 'constant':
        return { yes: bool(node.value === true), no: bool(node.value === false) }
      case 'test': {
        const before = known.get(node.key)
        if (before !== undefined) return before
        const sides = ofTest(node)
        known.set(node.key, sides)
        return sides
      }
      case 'flag': {
        used.add(node.dimension)
        const yes = eq(cellOf(node.dimension), int(dimensions[node.dimension]!.cells.length - 1))
        return { yes, no: not(yes) }
      }
      case 'not': {
        const { yes, no } = sidesOf(node.of)
        return { yes: no, no: yes }
      }
      case 'all': {
        const parts = node.of.map(sidesOf)
        return { yes: all(parts.map(({ yes }) => yes)), no: any(parts.map(({ no }) => no)) }
      }
      case 'any': {
        const parts = node.of.map(sidesOf)
        return { yes: any(parts.map(({ yes }) => yes)), no: all(parts.map(({ no }) => no)) }
      }
      case 'if': {
        const condition = sidesOf(node.condition)
        const then = sidesOf(node.then)
        const otherwise = sidesOf(node.otherwise)
        return {
          yes: or(and(condition.yes, then.yes), and(condition.no, otherwise.yes)),
          no: or(and(condition.yes, then.no), and(condition.no, otherwise.no)),
        }
      }
      case 'or-value': {
        const of = sidesOf(node.of)
        const otherwise = sidesOf(node.otherwise)
        return { yes: ite(or(of.yes, of.no), of.yes, otherwise.yes), no: ite(or(of.yes, of.no), of.no, otherwise.no) }
      }
      case 'known': {
        const { yes, no } = sidesOf(node.of)
        const term = or(yes, no)
        return { yes: term, no: not(term) }
      }
    }
  }

  function ofTest(test: Test): Sides {
    for (const index of test.reads) used.add(index)
    switch (test.deciding) {
      case 'cells': {
        const [dimension] = test.reads as readonly [number]
        const table = tables.cells(test)
        const within = (wanted: number): Term => inRanges(dimension, dimensions[dimension]!.cells, table, wanted)
        if (!table.includes(FREE)) return { yes: within(YES), no: within(NO) }
        // Counted only where such cells are allowed: the dimension itself says that it is loose.
        const open = openSides(false)
        return { yes: or(within(YES), and(within(FREE), open.yes)), no: or(within(NO), and(within(FREE), open.no)) }
      }
      case 'pairs': {
        const [a, b] = test.reads as readonly [number, number]
        const table = tables.pairs(test)
        if (table === undefined) return openSides(true)
        const width = dimensions[b]!.cells.length
        const within = (wanted: number): Term =>
          any(
            dimensions[a]!.cells.map((_, cell) =>
              and(eq(cellOf(a), int(cell)), inRanges(b, dimensions[b]!.cells, table.subarray(cell * width, (cell + 1) * width), wanted)),
            ),
          )
        if (!table.includes(FREE)) return { yes: within(YES), no: within(NO) }
        const open = openSides(false)
        const loosely = within(FREE)
        return { yes: or(within(YES), and(loosely, open.yes)), no: or(within(NO), and(loosely, open.no)) }
      }
      case 'term': {
        if (test.condition.language !== 'cel') return openSides(true)
        const byName = new Map(test.reads.map((index) => [dimensions[index]!.name, index]))
        const { known: there, value } = toTerms(
          test.condition.expression,
          (name, type) => {
            const index = byName.get(name)!
            const { cells } = dimensions[index]!
            const present = cells[0]?.value === undefined ? ge(cellOf(index), int(1)) : TRUE
            if (type.is === 'bool') return { known: present, value: eq(cellOf(index), int(cells.length - 1)) }
            return { known: present, value: wholeOf(index) }
          },
          () => 0n,
        )
        return { yes: and(there, value), no: and(there, not(value)) }
      }
      case 'free':
        return openSides(true)
    }
  }

  function openSides(counts: boolean): Sides {
    const id = known.size
    if (counts) free++
    const yes = variable(`y${id}`, 'Bool')
    const no = variable(`n${id}`, 'Bool')
    axioms.push(not(and(yes, no)))
    return { yes, no }
  }
}

/** The dimension's cell is one that answers so. */
function inRanges(dimension: number, cells: readonly Cell[], table: Uint8Array, wanted: number): Term {
  const ranges: Term[] = []
  for (let start = 0; start < table.length; start++) {
    if (table[start] !== wanted) continue
    let end = start
    while (table[end + 1] === wanted) end++
    const cell = cellOf(dimension)
    if (start === 0 && end === table.length - 1) return TRUE
    if (isWhole(cells)) ranges.push(...wholeRange(dimension, cells, start, end))
    else ranges.push(start === end ? eq(cell, int(start)) : and(le(int(start), cell), le(cell, int(end))))
    start = end
  }
  return ranges.length === 0 ? FALSE : any(ranges)
}

function isWhole(cells: readonly Cell[]): boolean {
  return cells.at(-1)!.high !== undefined
}

/** The cells from `start` to `end`, as bounds of the number; the first may be that there is none. */
function wholeRange(dimension: number, cells: readonly Cell[], start: number, end: number): readonly Term[] {
  const missing = cells[0]!.value === undefined
  const found: Term[] = missing && start === 0 ? [eq(cellOf(dimension), int(0))] : []
  const first = missing ? Math.max(start, 1) : start
  if (first > end) return found
  const there = missing ? ge(cellOf(dimension), int(1)) : TRUE
  const number = wholeOf(dimension)
  return [...found, and(there, le(int(cells[first]!.low!), number), le(number, int(cells[end]!.high!)))]
}

/** The point that a solver's model stands for. */
export function pointOf({ dimensions }: RuleScript, values: ReadonlyMap<string, Constant>): Point {
  const numeral = (name: string): number | undefined => {
    const value = values.get(name)
    return value?.is === 'int' ? Number(value.value) : undefined
  }
  return new Map(
    dimensions.flatMap((index) => {
      const cell = numeral(`c${index}`)
      const whole = numeral(`w${index}`)
      return cell === undefined ? [] : [[index, whole === undefined ? { cell } : { cell, whole }] as const]
    }),
  )
}
