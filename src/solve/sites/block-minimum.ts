/**
 * The least of a block at given costs by column: every setting of its switches, and within it a dynamic program over the devices whose state is what the
 * counted rows have used. Exact while sums stay below 2^53; where no counted row binds, devices choose one by one and no table is filled.
 */
import { UNIT, columnsOfBlock, type Block } from './block.ts'
import type { BlockProgram, Counted, RoomSetting, SettingTable, WideSetting } from './block-program.ts'
import { violationAt } from './block-rows.ts'

/** `cost` by column of the block; `weight` by level is what a paid unit of that level counts. Counts by column go into `counts`. Infinity where there is none. */
export const minimiseBlock = (program: BlockProgram, cost: Float64Array, weight: Float64Array, counts: Int32Array): number => {
  let best = Infinity
  let chosen: Choice | undefined
  const bounds = program.settings.map((setting) => freeMinimum(program, setting, cost, weight))
  const order = [...bounds.keys()].sort((a, b) => bounds[a]!.value - bounds[b]!.value || a - b)
  for (const g of order) {
    const bound = bounds[g]!
    if (bound.value >= best) break
    const setting = program.settings[g]!
    if (isFree(program) || atEase(program, setting, cost, bound.picks)) {
      best = bound.value
      chosen = { setting, picks: bound.picks }
      continue
    }
    const found = byStates(program, setting, cost, weight, best, counts)
    if (found >= best) continue
    best = found
    chosen = undefined
  }
  if (chosen !== undefined) writeFree(program, chosen, cost, counts)
  return best
}

interface Choice {
  readonly setting: WideSetting
  /** Setting by room. */
  readonly picks: Uint8Array
}

const isFree = (program: BlockProgram): boolean =>
  program.counted.length === 0 && program.rooms.every(({ counted }) => counted === undefined)

const tableCost = (table: SettingTable, cost: Float64Array, weight: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < table.columns.length; i++) sum += cost[table.columns[i]!]! * table.counts[i]!
  for (let level = 0; level < table.paid.length; level++) sum += table.paid[level]! * weight[level]!
  return sum
}

const cheapest = (from: number, mask: number, cost: Float64Array): number => {
  let best = -1
  for (let left = mask; left !== 0; left &= left - 1) {
    const j = from + 31 - Math.clz32(left & -left)
    if (best < 0 || cost[j]! < cost[best]!) best = j
  }
  return best
}

/** The least where counted rows are left out. */
const freeMinimum = (
  { block, rooms }: BlockProgram,
  setting: WideSetting,
  cost: Float64Array,
  weight: Float64Array,
): { readonly value: number; readonly picks: Uint8Array } => {
  let value = tableCost(setting, cost, weight)
  const picks = new Uint8Array(rooms.length)
  for (let i = 0; i < rooms.length; i++) {
    const { classes } = rooms[i]!
    let least = Infinity
    const list = setting.rooms[i]!
    for (let m = 0; m < list.length; m++) {
      let sum = tableCost(list[m]!, cost, weight)
      for (let k = 0; k < classes.length; k++) {
        const c = classes[k]!
        sum += block.sizes[c]! * cost[cheapest(block.columnStart[c]!, list[m]!.masks[k]!, cost)]!
      }
      if (sum < least) {
        least = sum
        picks[i] = m
      }
    }
    value += least
  }
  return { value, picks }
}

/** True where the picks break no counted row and pay nothing for one. */
const atEase = (program: BlockProgram, setting: WideSetting, cost: Float64Array, picks: Uint8Array): boolean => {
  const { block, rooms, counted } = program
  const used = setting.wide.slice()
  for (let i = 0; i < rooms.length; i++) {
    const { classes, counted: own } = rooms[i]!
    const pick = setting.rooms[i]![picks[i]!]!
    let state = pick.own
    for (let n = 0; n < used.length; n++) used[n]! += pick.wide[n]!
    for (let k = 0; k < classes.length; k++) {
      const c = classes[k]!
      const j = cheapest(block.columnStart[c]!, pick.masks[k]!, cost)
      for (let n = 0; n < used.length; n++) used[n]! += block.sizes[c]! * counted[n]!.step[j]!
      if (own !== undefined) state += block.sizes[c]! * own.step[j]!
    }
    if (own !== undefined && !pick.ownDropped && violationAt(own.view, own.base + own.unit * state) > 0) return false
  }
  return counted.every(({ view, base, unit }, n) => setting.dropped[n] === 1 || violationAt(view, base + unit * used[n]!) === 0)
}

const writeFree = ({ block, rooms }: BlockProgram, { setting, picks }: Choice, cost: Float64Array, counts: Int32Array): void => {
  counts.fill(0, 0, columnsOfBlock(block))
  write(setting, counts)
  for (let i = 0; i < rooms.length; i++) {
    const pick = setting.rooms[i]![picks[i]!]!
    write(pick, counts)
    for (let k = 0; k < rooms[i]!.classes.length; k++) {
      const c = rooms[i]!.classes[k]!
      counts[cheapest(block.columnStart[c]!, pick.masks[k]!, cost)]! += block.sizes[c]!
    }
  }
}

const write = (table: SettingTable, counts: Int32Array): void => {
  for (let i = 0; i < table.columns.length; i++) counts[table.columns[i]!]! += table.counts[i]!
}

/** What ending at `form` costs: Infinity where the row does not allow it. */
const ending = (block: Block, { view }: Counted, form: number, weight: Float64Array): number => {
  const off = violationAt(view, form)
  if (off === 0) return 0
  return view.sort === UNIT ? off * block.rowPolicy[3 * view.row + 2]! * weight[block.rowPolicy[3 * view.row + 1]!]! : Infinity
}

// Tables are kept between calls; every call fills what it reads.
let spare = new Float64Array(1 << 10)
let marks = new Uint8Array(1 << 12)

/** States as numbers of one digit by counted row; digits of the last row lie next to each other. */
interface Grid {
  /** States of each counted row, the room's own first. */
  readonly sizes: readonly number[]
  readonly total: number
}

const gridOf = (sizes: readonly number[]): Grid => ({ sizes, total: sizes.reduce((product, size) => product * size, 1) })

/** Distance in the grid of a move by `steps`. */
const distance = (grid: Grid, steps: readonly number[]): number => grid.sizes.reduce((sum, size, n) => sum * size + steps[n]!, 0)

/** to[state + move] = min(itself, from[state] + cost) for states that stay within the grid. */
const relax = (
  grid: Grid,
  values: Float64Array,
  from: number,
  to: number,
  steps: readonly number[],
  cost: number,
  mark: number,
  choice: number,
): void => {
  const move = distance(grid, steps)
  relaxFrom(grid.sizes, 0, 0, values, from, to + move, steps, cost, mark + move, choice)
}

const relaxFrom = (
  sizes: readonly number[],
  n: number,
  offset: number,
  values: Float64Array,
  from: number,
  to: number,
  steps: readonly number[],
  cost: number,
  mark: number,
  choice: number,
): void => {
  const span = sizes[n]! - steps[n]!
  if (n < sizes.length - 1) {
    for (let digit = 0; digit < span; digit++)
      relaxFrom(sizes, n + 1, (offset + digit) * sizes[n + 1]!, values, from, to, steps, cost, mark, choice)
    return
  }
  const [a, b, m] = [from + offset, to + offset, mark + offset]
  const own = marks
  for (let s = 0; s < span; s++) {
    const value = values[a + s]! + cost
    if (value < values[b + s]!) {
      values[b + s] = value
      own[m + s] = choice
    }
  }
}

const relaxLine = (
  values: Float64Array,
  from: number,
  to: number,
  size: number,
  step: number,
  cost: number,
  mark: number,
  choice: number,
): void => {
  const own = marks
  const [a, m, end] = [to + step, mark + step, size - step]
  for (let s = 0; s < end; s++) {
    const value = values[from + s]! + cost
    if (value < values[a + s]!) {
      values[a + s] = value
      own[m + s] = choice
    }
  }
}

/** The least of one wide setting by its table of states, if below `best`; writes counts only then. */
const byStates = (
  program: BlockProgram,
  setting: WideSetting,
  cost: Float64Array,
  weight: Float64Array,
  best: number,
  counts: Int32Array,
): number => {
  const { block, counted, rooms } = program
  const wideSizes = counted.length === 0 ? [1] : counted.map(({ states }) => states)
  const stepsIn = (table: SettingTable): readonly number[] => (counted.length === 0 ? [0] : [...table.wide])
  const wide = gridOf(wideSizes)
  const grids = rooms.map(({ counted: own }) => gridOf([own?.states ?? 1, ...wideSizes]))
  const most = grids.reduce((largest, { total }) => Math.max(largest, total), wide.total)
  const marksNeeded = rooms.reduce(
    (sum, { classes }, i) =>
      sum + 2 * wide.total + setting.rooms[i]!.length * grids[i]!.total * classes.reduce((units, c) => units + block.sizes[c]!, 0),
    0,
  )
  if (spare.length < 2 * most + 2 * wide.total) spare = new Float64Array(2 * (most + wide.total))
  if (marks.length < marksNeeded) marks = new Uint8Array(2 * marksNeeded)
  const values = spare
  // The first wide.total entries: states before the room; the next: after it; then two grids in turn.
  let [before, after] = [0, wide.total]
  values.fill(Infinity, before, before + wide.total)
  const start = stepsIn(setting)
  if (start.some((step, n) => step >= wideSizes[n]!)) return Infinity
  values[before + distance(wide, start)] = tableCost(setting, cost, weight)
  // One counted row over the whole block is the usual case, and a plain line of states.
  const line = counted.length === 1 && rooms.every(({ counted: own }) => own === undefined) ? counted[0]!.step : undefined
  let mark = 0
  // By room: where its picks are marked and where the marks of each setting start; and the digit its own row ended with, by state after it.
  const walked: number[][] = []
  const ended: Int32Array[] = []
  for (let i = 0; i < rooms.length; i++) {
    const { classes, counted: own } = rooms[i]!
    const grid = grids[i]!
    const pickAt = mark
    mark += wide.total
    const owns = new Int32Array(wide.total)
    values.fill(Infinity, after, after + wide.total)
    const starts: number[] = []
    setting.rooms[i]!.forEach((pick, m) => {
      let [one, two] = [2 * wide.total, 2 * wide.total + most]
      values.fill(Infinity, one, one + grid.total)
      const moved = stepsIn(pick)
      starts.push(mark)
      if (pick.own >= grid.sizes[0]! || moved.some((step, n) => step >= wideSizes[n]!)) return
      const paid = tableCost(pick, cost, weight)
      shift(grid, wide, values, before, one, pick.own, moved, paid)
      for (let k = 0; k < classes.length; k++) {
        const c = classes[k]!
        for (let unit = 0; unit < block.sizes[c]!; unit++) {
          values.fill(Infinity, two, two + grid.total)
          for (let left = pick.masks[k]!; left !== 0; left &= left - 1) {
            const option = 31 - Math.clz32(left & -left)
            const j = block.columnStart[c]! + option
            if (line !== undefined) {
              relaxLine(values, one, two, wide.total, line[j]!, cost[j]!, mark, option)
              continue
            }
            const steps = stepsOfColumn(own, counted, j)
            if (steps.every((step, n) => step < grid.sizes[n]!)) relax(grid, values, one, two, steps, cost[j]!, mark, option)
          }
          mark += grid.total
          ;[one, two] = [two, one]
        }
      }
      for (let digit = 0; digit < grid.sizes[0]!; digit++) {
        const paidLast = own === undefined || pick.ownDropped ? 0 : ending(block, own, own.base + own.unit * digit, weight)
        if (paidLast === Infinity) continue
        for (let s = 0; s < wide.total; s++) {
          const value = values[one + digit * wide.total + s]! + paidLast
          if (value < values[after + s]!) {
            values[after + s] = value
            marks[pickAt + s] = m
            owns[s] = digit
          }
        }
      }
    })
    walked.push([pickAt, ...starts])
    ended.push(owns)
    ;[before, after] = [after, before]
  }
  let [least, end] = [best, -1]
  const digits = new Array<number>(counted.length)
  for (let s = 0; s < wide.total; s++) {
    let value = values[before + s]!
    if (value >= least) continue
    let rest = s
    for (let n = counted.length - 1; n >= 0; n--) {
      digits[n] = rest % wideSizes[n]!
      rest = Math.floor(rest / wideSizes[n]!)
    }
    for (let n = 0; n < counted.length; n++)
      if (setting.dropped[n] === 0) value += ending(block, counted[n]!, counted[n]!.base + counted[n]!.unit * digits[n]!, weight)
    if (value < least) [least, end] = [value, s]
  }
  if (end < 0) return Infinity
  counts.fill(0, 0, columnsOfBlock(block))
  write(setting, counts)
  let state = end
  for (let i = rooms.length - 1; i >= 0; i--) {
    const { classes, counted: own } = rooms[i]!
    const grid = grids[i]!
    const m = marks[walked[i]![0]! + state]!
    const pick: RoomSetting = setting.rooms[i]![m]!
    write(pick, counts)
    let at = ended[i]![state]! * wide.total + state
    const units = classes.reduce((sum, c) => sum + block.sizes[c]!, 0)
    let place = walked[i]![1 + m]! + (units - 1) * grid.total
    for (let k = classes.length - 1; k >= 0; k--) {
      const c = classes[k]!
      for (let unit = 0; unit < block.sizes[c]!; unit++) {
        const j = block.columnStart[c]! + marks[place + at]!
        counts[j]!++
        at -= distance(grid, stepsOfColumn(own, counted, j))
        place -= grid.total
      }
    }
    at -= distance(grid, [pick.own, ...stepsIn(pick)])
    state = at
  }
  return least
}

const stepsOfColumn = (own: Counted | undefined, counted: readonly Counted[], j: number): number[] => {
  const steps = [own?.step[j] ?? 0]
  if (counted.length === 0) steps.push(0)
  for (const row of counted) steps.push(row.step[j]!)
  return steps
}

/** Puts the states before a room into its grid, moved by what its setting uses. */
const shift = (
  grid: Grid,
  wide: Grid,
  values: Float64Array,
  before: number,
  to: number,
  own: number,
  moved: readonly number[],
  paid: number,
): void => {
  const move = distance(grid, [own, ...moved])
  const last = wide.sizes.length - 1
  const walk = (n: number, offset: number): void => {
    const span = wide.sizes[n]! - moved[n]!
    if (n < last) {
      for (let digit = 0; digit < span; digit++) walk(n + 1, (offset + digit) * wide.sizes[n + 1]!)
      return
    }
    for (let s = 0; s < span; s++) values[to + offset + s + move] = values[before + offset + s]! + paid
  }
  walk(0, 0)
}
