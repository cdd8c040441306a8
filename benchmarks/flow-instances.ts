/** Seeded fleets for the flow method: skewed class sizes, popular variants, caps that bind at nested levels, moves to make. */
import type { AssignmentProblem, Row } from '../constraints/problem.ts'
import { NONE, UNMANAGED, type Choice } from '../src/model/outcome.ts'

export interface FlowInstance {
  readonly classes: number
  /** Devices in all; equal to `classes`: every device is a class of its own. */
  readonly devices: number
  readonly variants: number
  readonly regions: number
  /** Sites in each region with rows of their own; 0: none. */
  readonly sites: number
  readonly seed: number
}

/** Source of the generator: mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Four levels: assigned, soft (unit rows), preference (0 to 100 by class and variant), changes. Rows are nested: fleet, region, site, for each variant. */
export function flowInstance(of: FlowInstance): AssignmentProblem {
  const random = generator(of.seed)
  const choices = choicesOf(of.variants)
  const memberStart = classSizes(of, random)
  const columnStart = new Int32Array(of.classes + 1)
  const columnChoice = new Int32Array(of.classes * (of.variants + 1))
  const preference = new Int32Array(columnChoice.length)
  const current = new Int32Array(of.classes).fill(-1)
  const region = new Int32Array(of.classes)
  const site = new Int32Array(of.classes)
  const popularity = Float64Array.from({ length: of.variants }, (_, v) => 40 / (1 + v))
  const wanted = new Float64Array(of.variants)
  let end = 0
  for (let c = 0; c < of.classes; c++) {
    region[c] = Math.floor(random() ** 1.5 * of.regions)
    site[c] = Math.floor(random() * Math.max(1, of.sites))
    columnChoice[end++] = NONE
    let best = Infinity
    let bestVariant = -1
    for (let v = 0; v < of.variants; v++) {
      if (random() < 0.1) continue
      const cost = Math.round(random() * 60 + 40 - popularity[v]!)
      preference[end] = cost
      columnChoice[end++] = v + 2
      if (cost < best) {
        best = cost
        bestVariant = v
      }
      if (current[c] === -1 && random() < 0.08) current[c] = v + 2
    }
    if (bestVariant >= 0) wanted[bestVariant]! += memberStart[c + 1]! - memberStart[c]!
    columnStart[c + 1] = end
  }
  const classes = { size: of.classes, memberStart, members: Int32Array.from({ length: of.devices }, (_, i) => i), columnStart, current }
  const cost = preference.subarray(0, end)
  return {
    choices,
    classes,
    columnChoice: columnChoice.subarray(0, end),
    levels: [
      {
        name: 'assigned',
        sense: 'maximise',
        offset: of.devices,
        terms: [{ is: 'choice', cost: Float64Array.from(choices, (_, k) => (k === NONE ? 1 : 0)) }],
      },
      { name: 'soft', sense: 'minimise', offset: 0, terms: [] },
      { name: 'preference', sense: 'minimise', offset: 0, terms: [{ is: 'column', cost }] },
      { name: 'changes', sense: 'minimise', offset: 0, terms: [{ is: 'change', weight: 1 }] },
    ],
    rows: rowsOf(of, wanted, region, site, random),
    bundles: [],
    auxiliaries: [],
    meanings: [],
  }
}

function choicesOf(variants: number): Choice[] {
  const ids = ['none', 'unmanaged', ...Array.from({ length: variants }, (_, v) => `variant${v}`)]
  return ids.map((id, k) => ({ id, outcome: k === NONE ? 'none' : k === UNMANAGED ? 'unmanaged' : 'variant', settings: {} }))
}

function classSizes(of: FlowInstance, random: () => number): Int32Array {
  const start = new Int32Array(of.classes + 1)
  if (of.classes === of.devices) return start.map((_, c) => c)
  const weights = Float64Array.from({ length: of.classes }, () => 1 / (0.001 + random()) ** 0.9)
  const sum = weights.reduce((a, b) => a + b, 0)
  const spare = of.devices - of.classes
  let before = 0
  for (let c = 0; c < of.classes; c++) {
    before += weights[c]!
    start[c + 1] = c + 1 + Math.round((spare * before) / sum)
  }
  return start
}

function rowsOf(of: FlowInstance, wanted: Float64Array, region: Int32Array, site: Int32Array, random: () => number): Row[] {
  const rows: Row[] = []
  const every = Int32Array.from({ length: of.classes }, (_, c) => c)
  const inRegion = Array.from({ length: of.regions }, (_, r) => every.filter((c) => region[c] === r))
  const inSite = inRegion.map((members) => Array.from({ length: of.sites }, (_, s) => members.filter((c) => site[c] === s)))
  for (let v = 0; v < of.variants; v++) {
    const coefficient = Float64Array.from({ length: of.variants + 2 }, (_, k) => (k === v + 2 ? 1 : 0))
    const add = (classes: Int32Array, lower: number, upper: number, soft: boolean): void => {
      rows.push({
        form: { is: 'product', classes, coefficient },
        lower: Math.floor(lower),
        upper: Math.ceil(upper),
        policy: soft ? { is: 'unit', level: 1, weight: 1 + (v % 3) } : { is: 'hard' },
        name: { use: rows.length, group: '', part: `variant${v}` },
      })
    }
    const share = of.devices / of.variants
    // Popular variants are capped, unpopular ones have a least number; a soft one where caps of sites could rule it out.
    if (wanted[v]! > share) add(every, -Infinity, Math.max(0.6 * wanted[v]!, share), false)
    else add(every, 0.7 * share, Infinity, v % 2 === 0 || of.sites > 0)
    inRegion.forEach((members, r) => {
      const part = (of.devices * members.length) / of.classes
      const expected = (Math.max(wanted[v]!, share) * part) / of.devices
      if (random() < 0.8) add(members, random() < 0.3 ? 0.3 * expected : -Infinity, (0.4 + random()) * expected, random() < 0.3)
      for (const inner of inSite[r]!) add(inner, -Infinity, (0.3 + random()) * (expected / of.sites), random() < 0.3)
    })
  }
  return rows
}
