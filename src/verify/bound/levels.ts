/**
 * What a certificate of levels proves (model/certificate.ts): with every part priced or left out each device is alone, and its least is looked up option by
 * option. It speaks of the rows that its parts, clashes and divisions touch; what is proved of level l holds where the earlier levels' bounds are met.
 */
import type { Certificate, LevelLeaf, LevelProof } from '../../model/certificate.ts'
import type { Trial } from '../judge.ts'
import { casesCover } from './cases.ts'
import { clashReader, type Member } from './clashes.ts'
import { priceReader, type PriceReader } from './leaf.ts'
import { readPart, type PricedPart } from './level-parts.ts'
import { rowCosts, type RowCosts } from './row-costs.ts'

export type LevelsCertificate = Extract<Certificate, { is: 'levels' }>

export interface LevelsBound {
  /** 1 by row that the certificate speaks of. */
  readonly rows: Uint8Array
  /** Groups whose parts it prices, as `held group`; no other certificate of levels may. */
  readonly parts: ReadonlySet<string>
  /** By level, as far as the certificate goes; without the constant. */
  readonly values: readonly bigint[]
  readonly problem?: string
}

interface Read {
  readonly trial: Trial
  readonly reader: PriceReader
  readonly clashes: readonly (readonly Member[])[]
  readonly divisions: readonly (Member & { readonly most: number })[]
}

export function boundByLevels(trial: Trial, certificate: LevelsCertificate): LevelsBound {
  const rows = new Uint8Array(trial.world.size)
  const parts = new Set<string>()
  const nothing = (problem: string): LevelsBound => ({ rows, parts, values: [], problem })
  const clashes = clashReader(trial, certificate.choices)
  const members: (readonly Member[])[] = []
  for (const clash of certificate.clashes) {
    const read = clashes.read(clash)
    if ('wrong' in read) return nothing(read.wrong)
    members.push(read)
    for (const member of read) for (const row of member.rows) rows[row] = 1
  }
  const divisions: (Member & { readonly most: number })[] = []
  for (const { devices, choices, most } of certificate.divisions) {
    const member = clashes.member(devices, choices)
    if (member === undefined || !Number.isSafeInteger(most)) return nothing('a division names what is not there')
    divisions.push({ ...member, most })
    for (const row of member.rows) rows[row] = 1
  }
  const read: Read = { trial, reader: priceReader(trial), clashes: members, divisions }
  for (const level of certificate.levels) {
    for (const { use, group, part } of [level, ...level.leaves].flatMap(({ prices }) => prices)) {
      const found = readPart(trial, read.reader, { use, group, part })
      if ('wrong' in found) return nothing(found.wrong)
      parts.add(`${found.held} ${found.group}`)
      found.rows.forEach((touched, row) => touched === 1 && (rows[row] = 1))
    }
  }
  const own = Int32Array.from(rows.keys()).filter((row) => rows[row] === 1)
  const values: bigint[] = []
  for (const [at, level] of certificate.levels.entries()) {
    if (level.level !== at || !(Number.isSafeInteger(level.scale) && level.scale > 0))
      return { rows, parts, values, problem: `level ${at} is not the next` }
    const least = levelBound(read, level, own, values)
    if (typeof least === 'string') return { rows, parts, values, problem: least }
    values.push(least)
  }
  return { rows, parts, values }
}

function levelBound(read: Read, proof: LevelProof, own: Int32Array, before: readonly bigint[]): bigint | string {
  const { level, scale, leaves } = proof
  const cases = leaves.map((leaf) => leaf.cases.map(({ division, within }) => ({ use: division, holds: within })))
  if (leaves.some((leaf) => leaf.cases.some(({ division }) => read.divisions[division] === undefined))) return 'a case of no division'
  if (!casesCover(cases)) return 'its cases do not cover every assignment'
  let least: bigint | undefined
  const known = new Map<string, RowCosts>()
  for (const leaf of leaves) {
    const { factors } = leaf
    if (factors.length !== level || !factors.every((factor) => Number.isSafeInteger(factor) && factor >= 0))
      return `level ${level} is not counted in whole numbers`
    const factor = read.trial.levels.map((_, at) => (at < level ? factors[at]! : at === level ? scale : 0))
    const key = factor.join(' ')
    let costs = known.get(key)
    if (costs === undefined) known.set(key, (costs = rowCosts(read.trial, own, factor)))
    const worth = leafBound(read, proof, leaf, costs)
    if (typeof worth === 'string') return worth
    const total = worth - before.reduce((sum, value, at) => sum + BigInt(factor[at]!) * value, 0n)
    // A leaf that no assignment is in bounds nothing.
    if (least === undefined || total < least) least = total
  }
  return least === undefined ? 'no case at all' : ceilDivide(least, BigInt(scale))
}

/** The least of the leaf, in parts. */
function leafBound(read: Read, proof: LevelProof, leaf: LevelLeaf, costs: RowCosts): bigint | string {
  const { trial, reader, clashes, divisions } = read
  const { options, rows, placeOf } = costs
  const reduced = costs.values.slice()
  let limits = 0n
  // What all prices together can move a sum by: a double is exact below 2^53.
  let most = costs.largest
  const subtract = (row: number, option: number, amount: number): void => {
    const at = placeOf[row]! * options + option
    reduced[at] = reduced[at]! - amount
  }
  const byPart = new Map(proof.prices.map((price) => [JSON.stringify([price.use, price.group, price.part]), price]))
  for (const price of leaf.prices) byPart.set(JSON.stringify([price.use, price.group, price.part]), price)
  for (const { price, ...name } of byPart.values()) {
    if (!Number.isSafeInteger(price)) return 'a price that is not whole'
    if (price === 0) continue
    const part = readPart(trial, reader, name)
    if ('wrong' in part) return part.wrong
    const brought = part.brings(price, costs.factor)
    if (brought === undefined) return `a price on part ${JSON.stringify([name.use, name.group, name.part])} that it cannot bear`
    limits += brought
    most += Math.abs(price) * part.largest
    subtractPart(part, price, rows, subtract)
  }
  const byClash = new Map([...proof.clashes, ...leaf.clashes])
  for (const [clash, price] of byClash) {
    const members = clashes[clash]
    if (members === undefined || !Number.isSafeInteger(price) || price > 0) return 'a price on a clash that it cannot bear'
    if (price === 0) continue
    const ways = members.reduce((product, member) => product * member.rows.length, 1)
    limits += BigInt(price) * BigInt(ways)
    most += Math.abs(price) * ways
    for (const member of members) {
      const times = price * (ways / member.rows.length)
      for (const row of member.rows) for (const option of member.options) subtract(row, option, times)
    }
  }
  for (const { division, within, price } of leaf.cases) {
    const { rows: divided, options: counted, most: at } = divisions[division]!
    if (!Number.isSafeInteger(price) || (within ? price > 0 : price < 0)) return 'a price on a case that it cannot bear'
    limits += BigInt(price) * BigInt(within ? at : at + 1)
    most += Math.abs(price)
    for (const row of divided) for (const option of counted) subtract(row, option, price)
  }
  if (most > Number.MAX_SAFE_INTEGER) return 'numbers leave the safe integers'
  let total = limits
  for (let place = 0; place < rows.length; place++) {
    let least = Infinity
    for (let at = place * options; at < (place + 1) * options; at++) if (reduced[at]! < least) least = reduced[at]!
    if (least === Infinity) return 'a device has no option left'
    total += BigInt(least)
  }
  return total
}

function subtractPart(
  part: PricedPart,
  price: number,
  rows: Int32Array,
  subtract: (row: number, option: number, amount: number) => void,
): void {
  for (const row of rows) {
    if (part.rows[row] !== 1) continue
    part.forEach(row, (option, amount) => subtract(row, option, price * amount))
  }
}

function ceilDivide(value: bigint, by: bigint): bigint {
  const whole = value / by
  return whole * by < value ? whole + 1n : whole
}
