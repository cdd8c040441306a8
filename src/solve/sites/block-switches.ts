/** Which items of a block are fixed first, and which of those and of its sums concern the whole block: the order in which its minimum is taken apart. */
import { UNIT, type Block } from './block.ts'
import { readRow, rowViews, settlers, switchesOf, type RowView, type Setting, type Switch } from './block-rows.ts'

/** `sum`: the row must be counted along; otherwise fixing its switches makes it a matter of single options. */
export interface ReadRows {
  readonly views: readonly RowView[]
  readonly sum: readonly boolean[]
}

export interface Parts {
  readonly setting: Setting
  readonly rows: ReadRows
  /** 1 by switch that is fixed for the whole block. */
  readonly wideSwitch: Uint8Array
  /** 1 by row that is counted along over the whole block. */
  readonly wideRow: Uint8Array
  /** Parts that nothing narrow joins: their classes, narrow switches and narrow counted rows. */
  readonly rooms: readonly Room[]
}

export interface Room {
  readonly classes: readonly number[]
  readonly switches: readonly number[]
  readonly rows: readonly number[]
}

const MOST_VALUES = 64
const MOST_SETTINGS = 128
// Settings of one room: few where that can be, as each is a table of its own.
const FEW_ROOM_SETTINGS = 8
const MOST_ROOM_SETTINGS = 64

/** The parts, or why the block is too entangled. */
export const partsOf = (block: Block): Parts | { readonly no: string } => {
  const views = rowViews(block)
  const switches: Switch[] = []
  for (let a = 0; a < block.auxiliaryLower.length; a++) {
    const count = block.auxiliaryUpper[a]! - block.auxiliaryLower[a]! + 1
    if (count > MOST_VALUES) return { no: `an auxiliary of ${count} values` }
    switches.push({
      is: 'auxiliary',
      index: a,
      values: Int32Array.from({ length: Math.max(0, count) }, (_, i) => block.auxiliaryLower[a]! + i),
    })
  }
  for (let b = 0; 2 * b < block.bundles.length; b++) switches.push({ is: 'bundle', index: b, values: Int32Array.of(1, 0) })
  let setting = settingOf(block, switches)
  const sum = views.map((view) => isSum(block, view, setting))
  // A device whose choice makes rows a matter of single options is fixed first: the one that does so for most rows.
  const open = new Set(views.filter((view, r) => sum[r] && view.sort !== UNIT).map(({ row }) => row))
  for (;;) {
    const served = new Map<number, number[]>()
    for (const r of open)
      for (const c of settlers(block, views[r]!, setting)) {
        if (!isSum(block, views[r]!, settingOf(block, [...switches, classSwitch(block, c)]))) served.set(c, [...(served.get(c) ?? []), r])
      }
    const best = [...served].sort(([a, x], [b, y]) => y.length - x.length || a - b)[0]
    if (best === undefined) break
    const [c, rows] = best
    switches.push(classSwitch(block, c))
    setting = settingOf(block, switches)
    for (const r of rows) {
      sum[r] = false
      open.delete(r)
    }
  }
  const few = widen(block, { views, sum }, setting, FEW_ROOM_SETTINGS)
  return 'no' in few ? widen(block, { views, sum }, setting, MOST_ROOM_SETTINGS) : few
}

const classSwitch = (block: Block, c: number): Switch => ({
  is: 'class',
  index: c,
  values: Int32Array.from({ length: block.columnStart[c + 1]! - block.columnStart[c]! }, (_, i) => block.columnStart[c]! + i),
})

const settingOf = (block: Block, switches: readonly Switch[]): Setting => {
  const ofClass = new Int32Array(block.sizes.length).fill(-1)
  const ofAuxiliary = new Int32Array(block.auxiliaryLower.length).fill(-1)
  const ofBundle = new Int32Array(block.bundles.length / 2).fill(-1)
  switches.forEach(({ is, index }, s) => ((is === 'class' ? ofClass : is === 'auxiliary' ? ofAuxiliary : ofBundle)[index] = s))
  return { switches: [...switches], chosen: new Int32Array(switches.length), ofClass, ofAuxiliary, ofBundle, ranges: [] }
}

const isSum = (block: Block, view: RowView, setting: Setting): boolean => {
  const own = switchesOf(view, setting)
  let summed = 0
  const few = forEachSetting(setting, own, MOST_SETTINGS, () => {
    if (readRow(block, view, setting) === 'sum') summed++
    return summed === 0
  })
  return summed > 0 || !few
}

/** Calls `visit` with every choice of the switches' values until it answers false; false without a call where there are more than `most`. */
export const forEachSetting = (setting: Setting, own: readonly number[], most: number, visit: () => boolean): boolean => {
  if (own.reduce((product, s) => product * setting.switches[s]!.values.length, 1) > most) return false
  const walk = (at: number): boolean => {
    if (at === own.length) return visit()
    const s = own[at]!
    for (let i = 0; i < setting.switches[s]!.values.length; i++) {
      setting.chosen[s] = i
      if (!walk(at + 1)) return false
    }
    return true
  }
  walk(0)
  return true
}

/** Makes the widest items wide until the rooms that are left are small. */
const widen = (block: Block, rows: ReadRows, setting: Setting, most: number): Parts | { readonly no: string } => {
  const wideSwitch = new Uint8Array(setting.switches.length)
  const wideRow = new Uint8Array(rows.views.length)
  const width = new Float64Array(setting.switches.length)
  for (const view of rows.views) for (const s of switchesOf(view, setting)) width[s]! += view.classes.length + 0.01
  const candidates = [
    ...rows.views.filter((_, r) => rows.sum[r]).map(({ row, classes }) => ({ row, s: -1, width: classes.length })),
    ...setting.switches.map((_, s) => ({ row: -1, s, width: width[s]! })),
  ].sort((a, b) => b.width - a.width || b.row - a.row || a.s - b.s)
  for (let next = 0; ; next++) {
    const rooms = roomsOf(block, rows, setting, wideSwitch, wideRow)
    const settings = ({ switches }: Room): number => switches.reduce((product, s) => product * setting.switches[s]!.values.length, 1)
    if (rooms.every((room) => settings(room) <= most && room.rows.length <= 1)) {
      const wide = setting.switches.reduce((product, { values }, s) => (wideSwitch[s] === 1 ? product * values.length : product), 1)
      if (wide > MOST_SETTINGS) return { no: `${wide} settings of the items that a whole block depends on` }
      return { setting, rows, wideSwitch, wideRow, rooms }
    }
    const candidate = candidates[next]
    if (candidate === undefined) return { no: 'a block that does not fall apart' }
    if (candidate.row >= 0) {
      wideRow[candidate.row] = 1
      const { bundle } = rows.views[candidate.row]!
      // Whether the row counts at all is settled once for the block.
      if (bundle >= 0) wideSwitch[setting.ofBundle[bundle]!] = 1
    } else wideSwitch[candidate.s] = 1
  }
}

const roomsOf = (
  block: Block,
  { views, sum }: ReadRows,
  setting: Setting,
  wideSwitch: Uint8Array,
  wideRow: Uint8Array,
): readonly Room[] => {
  const classes = block.sizes.length
  const switchNode = classes
  const rowNode = switchNode + setting.switches.length
  const parent = Int32Array.from({ length: rowNode + views.length }, (_, i) => i)
  const find = (node: number): number => (parent[node] === node ? node : (parent[node] = find(parent[node]!)))
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)]
    parent[Math.max(x, y)] = Math.min(x, y)
  }
  const free = (c: number): boolean => setting.ofClass[c] === -1
  views.forEach((view, r) => {
    if (wideRow[r] === 1) return
    const narrow = switchesOf(view, setting).filter((s) => wideSwitch[s] === 0)
    const counted = sum[r] === true
    // Without a narrow switch the row takes options away from each class by itself.
    if (narrow.length === 0 && !counted) return
    for (const s of narrow) join(rowNode + r, switchNode + s)
    for (const c of view.classes) if (free(c)) join(rowNode + r, c)
  })
  const rooms = new Map<number, { classes: number[]; switches: number[]; rows: number[] }>()
  const REST = -1
  const single = new Map<number, number>()
  for (let node = 0; node < parent.length; node++) single.set(find(node), (single.get(find(node)) ?? 0) + 1)
  const roomAt = (node: number): { classes: number[]; switches: number[]; rows: number[] } => {
    const root = single.get(find(node)) === 1 && node < classes ? REST : find(node)
    const known = rooms.get(root) ?? { classes: [], switches: [], rows: [] }
    rooms.set(root, known)
    return known
  }
  for (let c = 0; c < classes; c++) if (free(c) && block.sizes[c]! > 0) roomAt(c).classes.push(c)
  setting.switches.forEach((_, s) => wideSwitch[s] === 0 && roomAt(switchNode + s).switches.push(s))
  views.forEach((_, r) => sum[r] === true && wideRow[r] === 0 && roomAt(rowNode + r).rows.push(r))
  return [...rooms.values()]
}
