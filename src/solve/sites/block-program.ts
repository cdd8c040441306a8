/** A block prepared for many minimisations at different prices: its settings, and tables of what each leaves open. */
import { HARD, UNIT, classColumnsOfBlock, columnsOfBlock, type Block } from './block.ts'
import { fixedPart, isGivenUp, readRow, switchesOf, violationAt, type RowView, type Setting } from './block-rows.ts'
import { forEachSetting, partsOf, type Parts, type Room } from './block-switches.ts'

/** A row that is counted along: its form is base + unit x state, states from 0; a state beyond `states` cannot be. */
export interface Counted {
  readonly view: RowView
  readonly base: number
  readonly unit: number
  readonly states: number
  /** Steps of the state by class column of the block. */
  readonly step: Int32Array
}

/** One choice of values for switches. */
export interface SettingTable {
  /** Columns with how many units they get. */
  readonly columns: Int32Array
  readonly counts: Int32Array
  /** What violated rows and given-up bundles cost, by level. */
  readonly paid: Int32Array
  /** Steps of the wide counted rows. */
  readonly wide: Int32Array
}

export interface RoomSetting extends SettingTable {
  /** Bits of the columns that each class of the room may have. */
  readonly masks: Int32Array
  /** Steps of the room's own counted row, and whether the row is given up. */
  readonly own: number
  readonly ownDropped: boolean
}

export interface RoomProgram {
  readonly classes: Int32Array
  readonly counted: Counted | undefined
}

export interface WideSetting extends SettingTable {
  /** Settings of each room. */
  readonly rooms: readonly (readonly RoomSetting[])[]
  /** By wide counted row: 1 where it is given up. */
  readonly dropped: Uint8Array
}

export interface BlockProgram {
  readonly block: Block
  readonly counted: readonly Counted[]
  readonly rooms: readonly RoomProgram[]
  readonly settings: readonly WideSetting[]
}

const MOST_STATES = 20_000
const MOST_COLUMNS = 31

/** The program, or why the block is too entangled for it. A program without settings has no assignment. */
export const blockProgram = (block: Block): BlockProgram | { readonly no: string } => {
  for (let c = 0; c < block.sizes.length; c++)
    if (block.columnStart[c + 1]! - block.columnStart[c]! > MOST_COLUMNS) return { no: `more than ${MOST_COLUMNS} options of one class` }
  const parts = partsOf(block)
  if ('no' in parts) return parts
  const { rows, wideRow } = parts
  const counted = rows.views.filter((_, r) => rows.sum[r] && wideRow[r] === 1).map((view) => countedRow(block, view, parts.setting))
  const own = parts.rooms.map((room) => (room.rows.length === 0 ? undefined : countedRow(block, rows.views[room.rows[0]!]!, parts.setting)))
  const states = counted.reduce((product, { states: size }) => product * Math.max(1, size), 1)
  const most = own.reduce((largest, row) => Math.max(largest, row?.states ?? 1), 1) * states
  if (most > MOST_STATES) return { no: `${most} states of sums in one block` }
  const rooms = parts.rooms.map(({ classes }, i): RoomProgram => ({ classes: Int32Array.from(classes), counted: own[i] }))
  const impossible = counted.some((row) => row.states <= 0) || own.some((row) => row !== undefined && row.states <= 0)
  return { block, counted, rooms, settings: impossible ? [] : wideSettings(block, parts, counted, own) }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))

const countedRow = (block: Block, view: RowView, setting: Setting): Counted => {
  const classColumns = classColumnsOfBlock(block)
  const step = new Int32Array(classColumns)
  let [base, reach, unit] = [0, 0, 0]
  for (const c of view.classes) {
    const [from, to] = [block.columnStart[c]!, block.columnStart[c + 1]!]
    let [low, high] = [Infinity, -Infinity]
    for (let j = from; j < to; j++) {
      low = Math.min(low, view.coefficient[j]!)
      high = Math.max(high, view.coefficient[j]!)
    }
    for (let j = from; j < to; j++) unit = divisor((step[j] = view.coefficient[j]! - low), unit)
    base += low * block.sizes[c]!
    reach += (high - low) * block.sizes[c]!
  }
  for (const a of view.auxiliaries) {
    const coefficient = view.coefficient[classColumns + a]!
    const values = [...setting.switches[setting.ofAuxiliary[a]!]!.values].map((value) => value * coefficient)
    const low = Math.min(...values)
    for (const value of values) unit = divisor(value - low, unit)
    base += low
    reach += Math.max(...values) - low
  }
  unit = Math.max(1, unit)
  for (let j = 0; j < classColumns; j++) step[j]! /= unit
  // Where nothing can be paid, states above the limit need not be told apart: they cannot be.
  const top = view.sort === HARD ? Math.min(reach, view.upper - base) : reach
  return { view, base, unit, states: Math.floor(top / unit) + 1, step }
}

/** Steps that the chosen switches bring to a counted row, those of `own` only. */
const stepsOf = (block: Block, row: Counted, setting: Setting, own: readonly number[]): number => {
  const classColumns = classColumnsOfBlock(block)
  let sum = 0
  for (const s of own) {
    const { is, index, values } = setting.switches[s]!
    const value = values[setting.chosen[s]!]!
    if (is === 'class') sum += row.step[value]!
    if (is !== 'auxiliary') continue
    const coefficient = row.view.coefficient[classColumns + index]!
    sum += (value * coefficient - Math.min(...[...values].map((other) => other * coefficient))) / row.unit
  }
  return sum
}

// Most settings have nothing of most kinds, and share that.
const NOTHING = new Int32Array()
const zeros = new Map<number, Int32Array>()
const singles = new Map<number, Int32Array>()
const MOST_SINGLES = 10_000
const slim = (table: Int32Array): Int32Array => {
  if (table.length === 0) return NOTHING
  if (table.length === 1 && singles.size < MOST_SINGLES) {
    const known = singles.get(table[0]!) ?? table
    singles.set(table[0]!, known)
    return known
  }
  if (table.some((entry) => entry !== 0)) return table
  const known = zeros.get(table.length) ?? table
  zeros.set(table.length, known)
  return known
}

const tableOf = (block: Block, setting: Setting, own: readonly number[], counted: readonly Counted[], paid: Int32Array): SettingTable => {
  const classColumns = classColumnsOfBlock(block)
  const pairs: [number, number][] = []
  for (const s of own) {
    const { is, index, values } = setting.switches[s]!
    const value = values[setting.chosen[s]!]!
    if (is === 'class') pairs.push([value, 1])
    else if (is === 'auxiliary' && value !== 0) pairs.push([classColumns + index, value])
    else if (is === 'bundle' && value === 0) paid[block.bundles[2 * index]!]! += block.bundles[2 * index + 1]!
  }
  return {
    columns: slim(Int32Array.from(pairs, ([column]) => column)),
    counts: slim(Int32Array.from(pairs, ([, count]) => count)),
    paid: slim(paid),
    wide: slim(Int32Array.from(counted, (row) => stepsOf(block, row, setting, own))),
  }
}

/** Takes columns away and adds what is paid; false where a row is broken. */
const apply = (block: Block, views: readonly RowView[], setting: Setting, out: Set<number>, paid: Int32Array): boolean => {
  for (const view of views) {
    const read = readRow(block, view, setting)
    if (read === 'broken' || read === 'sum') return false
    for (const column of read) out.add(column)
    if (view.sort === UNIT && !view.classes.some((c) => setting.ofClass[c] === -1))
      paid[block.rowPolicy[3 * view.row + 1]!]! += block.rowPolicy[3 * view.row + 2]! * violationAt(view, fixedPart(block, view, setting))
  }
  return true
}

const wideSettings = (
  block: Block,
  parts: Parts,
  counted: readonly Counted[],
  own: readonly (Counted | undefined)[],
): readonly WideSetting[] => {
  const { setting, rows, wideSwitch, rooms } = parts
  const levels = block.costs.length / Math.max(1, columnsOfBlock(block))
  const roomOf = new Int32Array(setting.switches.length).fill(-1)
  rooms.forEach(({ switches }, i) => switches.forEach((s) => (roomOf[s] = i)))
  const wideRows: RowView[] = []
  const roomRows: RowView[][] = rooms.map(() => [])
  rows.views.forEach((view, r) => {
    if (rows.sum[r]) return
    const room = switchesOf(view, setting)
      .map((s) => roomOf[s]!)
      .find((i) => i >= 0)
    if (room === undefined) wideRows.push(view)
    else roomRows[room]!.push(view)
  })
  const wide = setting.switches.map((_, s) => s).filter((s) => wideSwitch[s] === 1)
  const found: WideSetting[] = []
  forEachSetting(setting, wide, Infinity, () => {
    const out = new Set<number>()
    const paid = new Int32Array(levels)
    if (!apply(block, wideRows, setting, out, paid)) return true
    const roomSettings = rooms.map((room, i) =>
      settingsOfRoom(block, setting, room, roomRows[i]!, out, counted, own[i], levels, found[found.length - 1]?.rooms[i]),
    )
    if (roomSettings.some((list) => list.length === 0)) return true
    const table = tableOf(block, setting, wide, counted, paid)
    found.push({ ...table, rooms: roomSettings, dropped: Uint8Array.from(counted, ({ view }) => (isGivenUp(view, setting) ? 1 : 0)) })
    return true
  })
  return found
}

const settingsOfRoom = (
  block: Block,
  setting: Setting,
  room: Room,
  views: readonly RowView[],
  gone: ReadonlySet<number>,
  counted: readonly Counted[],
  own: Counted | undefined,
  levels: number,
  before: readonly RoomSetting[] = [],
): readonly RoomSetting[] => {
  const found: RoomSetting[] = []
  forEachSetting(setting, room.switches, Infinity, () => {
    const out = new Set(gone)
    const paid = new Int32Array(levels)
    if (!apply(block, views, setting, out, paid)) return true
    const masks = Int32Array.from(room.classes, (c) => {
      let mask = 0
      for (let j = block.columnStart[c]!; j < block.columnStart[c + 1]!; j++) if (!out.has(j)) mask |= 1 << (j - block.columnStart[c]!)
      return mask
    })
    if (masks.includes(0)) return true
    // Wide settings mostly leave a room what the one before did, which is then not held twice.
    const same = before.find((other) => other.masks.every((mask, k) => mask === masks[k]))
    const table = tableOf(block, setting, room.switches, counted, paid)
    // A wide switch in the room's own row moves its state as well.
    const wide = own === undefined ? [] : switchesOf(own.view, setting).filter((s) => !room.switches.includes(s))
    const steps = own === undefined ? 0 : stepsOf(block, own, setting, [...room.switches, ...wide])
    found.push({ ...table, masks: same?.masks ?? masks, own: steps, ownDropped: own !== undefined && isGivenUp(own.view, setting) })
    return true
  })
  const idle = idleColumns(block)
  return found.filter((one, i) => !found.some((other, k) => k !== i && covers(other, one, idle) && (k < i || !covers(one, other, idle))))
}

/** By column: 1 for auxiliaries that cost nothing and use nothing of the rows that join blocks. */
const idleColumns = (block: Block): Uint8Array => {
  const width = columnsOfBlock(block)
  const idle = new Uint8Array(width)
  for (let j = classColumnsOfBlock(block); j < width; j++) {
    let used = block.useStart[j] !== block.useStart[j + 1]
    for (let at = j; at < block.costs.length; at += width) used ||= block.costs[at] !== 0
    idle[j] = used ? 0 : 1
  }
  return idle
}

/** True where whatever `one` allows, `other` allows at the same cost: the room needs `other` alone. */
const covers = (other: RoomSetting, one: RoomSetting, idle: Uint8Array): boolean =>
  other.own === one.own &&
  other.ownDropped === one.ownDropped &&
  other.wide.every((step, n) => step === one.wide[n]) &&
  other.paid.every((units, level) => units === one.paid[level]) &&
  [...other.columns, ...one.columns].every((column) => idle[column] === 1) &&
  other.masks.every((mask, k) => (one.masks[k]! & ~mask) === 0)
