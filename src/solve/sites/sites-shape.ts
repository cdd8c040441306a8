/** Recognises problems of small blocks that a few wide rows hold together, or of a single block: blocks in a canonical numbering, equal ones found, and the rows that couple them. */
import { classSize, columnClassOf, columnCosts, columnTotal, forEachEntry } from '../../../constraints/problem-reading.ts'
import type { AssignmentProblem } from '../../../constraints/problem.ts'
import { blockHash, sameBlock, type Block, type Site, type SiteType } from './block.ts'
import { canonicalBlock, type BlockSource } from './canonical-block.ts'
import { cutRows, type Blocks } from './cut-rows.ts'

export interface SitesShape {
  /** Row by coupling row. */
  readonly coupling: Int32Array
  readonly types: readonly SiteType[]
  /** Blocks, copies counted apart. */
  readonly blocks: number
}

export interface SitesBounds {
  /** Classes of a block; absent: 200. */
  readonly largest?: number
  /** Rows that may join blocks; absent: 64. */
  readonly coupling?: number
}

// More coupling rows than this are too many prices to search.
const MOST_COUPLING = 64
const LARGEST = 200
// Devices of a block that rows of its own join.
const MOST_DEVICES = 1000

/** The blocks, or why there are none. */
export const sitesApply = (problem: AssignmentProblem, bounds: SitesBounds = {}): SitesShape | { readonly no: string } => {
  if (problem.levels.length === 0) return { no: 'no level to minimise' }
  const blocks = cutRows(problem, bounds.largest ?? LARGEST, MOST_COUPLING / 4)
  if ('no' in blocks) return blocks
  const coupling = bounds.coupling ?? MOST_COUPLING
  if (blocks.coupling.length > coupling) return { no: `${blocks.coupling.length} rows join the blocks, more than ${coupling}` }
  for (const r of blocks.coupling) {
    const { policy, lower, upper } = problem.rows[r]!
    if (policy.is === 'whole') return { no: 'an all-or-nothing row joins the blocks' }
    if (policy.is === 'unit' && (policy.weight < 0 || lower > upper)) return { no: 'a row that joins the blocks is never at ease' }
  }
  const source = sourceOf(problem, blocks)
  if ('no' in source) return source
  const types = new Map<number, { readonly block: Block; readonly sites: Site[]; copies: number }[]>()
  let total = 0
  const members = classesByBlock(blocks, problem.classes.size)
  const rows = indicesByBlock(blocks.ofRow, blocks.count)
  const auxiliaries = indicesByBlock(blocks.ofAuxiliary, blocks.count)
  for (let b = 0; b < blocks.count; b++) {
    const classes = members.list.subarray(members.start[b], members.start[b + 1])
    const own = rows.list.subarray(rows.start[b], rows.start[b + 1])
    const parts = { classes, rows: own, auxiliaries: auxiliaries.list.subarray(auxiliaries.start[b], auxiliaries.start[b + 1]) }
    const devices = classes.reduce((sum, c) => sum + classSize(problem, c), 0)
    const alone = own.length === 0 && classes.length === 1
    if (!alone && devices > MOST_DEVICES) return { no: `a block of ${devices} devices` }
    const { block, columns } = canonicalBlock(source, parts, alone)
    const copies = alone ? devices : 1
    if (copies === 0) continue
    total += copies
    const hash = blockHash(block)
    const known = types.get(hash) ?? []
    types.set(hash, known)
    const same = known.find((type) => sameBlock(type.block, block))
    if (same === undefined) known.push({ block, sites: [{ columns, copies }], copies })
    else {
      same.sites.push({ columns, copies })
      same.copies += copies
    }
  }
  return { coupling: Int32Array.from(blocks.coupling), types: [...types.values()].flat(), blocks: total }
}

/** The tables of the problem by column, that blocks are cut from. */
const sourceOf = (problem: AssignmentProblem, blocks: Blocks): BlockSource | { readonly no: string } => {
  const costs = problem.levels.map((_, level) => columnCosts(problem, level))
  const fits = (value: number): boolean => value === (value | 0)
  if (!costs.every((level) => level.every(fits))) return { no: 'costs beyond 32 bits' }
  const total = columnTotal(problem)
  const entryStart = new Int32Array(total + 1)
  let whole = true
  for (const row of problem.rows)
    forEachEntry(problem, row, (column, coefficient) => {
      entryStart[column + 1]!++
      whole &&= fits(coefficient)
    })
  whole &&= problem.rows.every(({ policy }) => policy.is !== 'unit' || fits(policy.weight))
  whole &&= problem.bundles.every(({ weight }) => fits(weight))
  whole &&= problem.auxiliaries.every(({ lower, upper }) => fits(lower) && fits(upper))
  if (!whole) return { no: 'coefficients beyond 32 bits' }
  for (let column = 0; column < total; column++) entryStart[column + 1]! += entryStart[column]!
  const filled = entryStart.slice()
  const entryRow = new Int32Array(entryStart[total]!)
  const entryCoefficient = new Int32Array(entryStart[total]!)
  problem.rows.forEach((row, r) => {
    forEachEntry(problem, row, (column, coefficient) => {
      const at = filled[column]!++
      entryRow[at] = r
      entryCoefficient[at] = coefficient
    })
  })
  const couplingOf = new Int32Array(problem.rows.length).fill(-1)
  blocks.coupling.forEach((r, k) => (couplingOf[r] = k))
  return { problem, costs, entryStart, entryRow, entryCoefficient, couplingOf, classOf: columnClassOf(problem) }
}

interface Lists {
  readonly start: Int32Array
  readonly list: Int32Array
}

const classesByBlock = ({ ofClass, count }: Blocks, size: number): Lists => indicesByBlock(ofClass.subarray(0, size), count)

const indicesByBlock = (of: Int32Array, count: number): Lists => {
  const start = new Int32Array(count + 1)
  for (const block of of) if (block >= 0) start[block + 1]!++
  for (let b = 0; b < count; b++) start[b + 1]! += start[b]!
  const filled = start.slice()
  const list = new Int32Array(start[count]!)
  of.forEach((block, index) => {
    if (block >= 0) list[filled[block]!++] = index
  })
  return { start, list }
}
