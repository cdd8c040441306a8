/** Prices level by level as a certificate: rows become parts of uses, clashes and divisions become devices with choices. */
import type { AssignmentProblem, LevelProofLeaf, SolutionProof } from '../../constraints/problem.ts'
import { columnClassOf, forEachEntry } from '../../constraints/problem-reading.ts'
import type { Certificate, Clash, DeviceChoices, LevelLeaf } from '../model/certificate.ts'
import type { Fleet } from '../model/fleet.ts'

type Levels = Extract<SolutionProof, { readonly is: 'levels' }>
type LevelsCertificate = Extract<Certificate, { readonly is: 'levels' }>

/** What the proof's own numbers stand for in the whole problem. */
export interface Part {
  readonly component: string
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly bound: readonly number[]
}

type Priced = LevelsCertificate['levels'][number]['prices'][number]

export function levelCertificate(
  problem: AssignmentProblem,
  fleet: Fleet,
  { component, rows, columns, bound }: Part,
  proof: Levels,
): LevelsCertificate {
  const classOf = columnClassOf(problem)
  const clashes: Clash[] = []
  const clashOf = new Map<number, number>()
  const pricesOf = ({
    rows: own,
    prices,
  }: LevelProofLeaf): { readonly parts: Map<string, Priced>; readonly clashes: Map<number, number> } => {
    const parts = new Map<string, Priced>()
    const clashing = new Map<number, number>()
    own.forEach((index, i) => {
      const r = rows[index]!
      const row = problem.rows[r]!
      if (row.clash === true) {
        let clash = clashOf.get(r)
        if (clash === undefined) {
          clash = clashes.push({ use: row.name.use, members: membersOf(problem, fleet, classOf, r) }) - 1
          clashOf.set(r, clash)
        }
        clashing.set(clash, prices[i]!)
        return
      }
      // What must not get worse is two rows of one part; the checker, which knows both, takes one price.
      const key = JSON.stringify([row.name.use, row.name.group, row.name.part])
      parts.set(key, { ...row.name, price: prices[i]! + (parts.get(key)?.price ?? 0) })
    })
    return { parts, clashes: clashing }
  }
  const levels = proof.levels.map(({ level, scale, leaves }) => {
    const read = leaves.map((leaf) => ({ leaf, ...pricesOf(leaf) }))
    const [first] = read
    return {
      level,
      scale,
      prices: [...(first?.parts.values() ?? [])],
      clashes: [...(first?.clashes ?? [])],
      leaves: read.map(({ leaf, parts, clashes: own }): LevelLeaf => ({
        cases: leaf.cases,
        factors: leaf.factors,
        prices: changed(first!.parts, parts, ({ price }) => price).map(([, one, price]) => ({ ...one, price })),
        clashes: changed(first!.clashes, own, (price) => price).map(([clash, , price]) => [clash, price] as const),
      })),
    }
  })
  const divisions = proof.divisions.map(({ columns: own, most }) => {
    const whole = own.map((column) => columns[column]!)
    return { ...deviceChoices(problem, fleet, classOf[whole[0]!]!, whole), most }
  })
  const choices = problem.choices.map(({ outcome, variant, settings }) => ({
    outcome,
    ...(variant === undefined ? {} : { variant }),
    settings,
  }))
  return { is: 'levels', component, bound, choices, clashes, divisions, levels }
}

/** Entries of `now` that differ from `before`, and those that are gone, at price 0. */
function changed<K, V>(
  before: ReadonlyMap<K, V>,
  now: ReadonlyMap<K, V>,
  priceOf: (value: V) => number,
): readonly (readonly [K, V, number])[] {
  const fresh = [...now].filter(([key, value]) => {
    const old = before.get(key)
    return old === undefined || priceOf(old) !== priceOf(value)
  })
  const gone = [...before].filter(([key, value]) => !now.has(key) && priceOf(value) !== 0)
  return [...fresh.map(([key, value]) => [key, value, priceOf(value)] as const), ...gone.map(([key, value]) => [key, value, 0] as const)]
}

/** The row's columns by class. */
function membersOf(problem: AssignmentProblem, fleet: Fleet, classOf: Int32Array, r: number): readonly DeviceChoices[] {
  const byClass = new Map<number, number[]>()
  forEachEntry(problem, problem.rows[r]!, (column) => {
    const c = classOf[column]!
    byClass.set(c, [...(byClass.get(c) ?? []), column])
  })
  return [...byClass].sort(([a], [b]) => a - b).map(([c, columns]) => deviceChoices(problem, fleet, c, columns))
}

function deviceChoices({ classes, columnChoice }: AssignmentProblem, fleet: Fleet, c: number, columns: Iterable<number>): DeviceChoices {
  const devices = Array.from(classes.members.subarray(classes.memberStart[c], classes.memberStart[c + 1]), (row) => fleet.ids[row]!)
  return { devices, choices: Array.from(columns, (column) => columnChoice[column]!) }
}
