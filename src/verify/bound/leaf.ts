/** Price certificates brought to row numbers: which part of which use every price stands on, and what each leaf assumes of whole uses. */
import type { Certificate, PriceLeaf } from '../../model/certificate.ts'
import type { HeldUse, Trial } from '../judge.ts'

/** A price on a part: `held` indexes the trial's uses, `group` and `part` the demand's (part 0 of forbidden options). */
export interface PartPrice {
  readonly held: number
  readonly group: number
  readonly part: number
  /** group x parts + part. */
  readonly key: number
  readonly price: readonly number[]
  /** Whole units of the part that the price is for; 1 but for amounts. */
  readonly per: number
}

export interface Leaf {
  /** By index into the trial's uses: what is assumed of whole soft uses. */
  readonly cases: ReadonlyMap<number, boolean>
  readonly prices: readonly PartPrice[]
}

/** Lookups that are made once per use. */
export interface PriceReader {
  readonly heldOf: ReadonlyMap<number, number>
  readonly groupIndex: (held: number, group: string) => number
}

export type PriceCertificate = Extract<Certificate, { is: 'prices' }>

export function priceReader(trial: Trial): PriceReader {
  const heldOf = new Map(trial.held.map(({ use }, at) => [use.index, at]))
  const groups = new Map<number, ReadonlyMap<string, number>>()
  return {
    heldOf,
    groupIndex(held, group) {
      let names = groups.get(held)
      if (names === undefined) groups.set(held, (names = new Map(trial.held[held]!.demand.groups.map((name, at) => [name, at]))))
      return names.get(group) ?? -1
    },
  }
}

/** True where violations of the use cannot be paid for in any way: it is hard, or its group was whole today. */
export function isHardIn({ use, allowance }: HeldUse, group: number): boolean {
  return use.policy.is === 'hard' || (use.policy.is === 'do-not-worsen' && allowance![group] === 0)
}

/** -1, 0 or 1 as the vector is lexicographically negative, zero or positive. */
export function signOf(vector: readonly number[]): number {
  for (const entry of vector) if (entry !== 0) return entry < 0 ? -1 : 1
  return 0
}

/** Reads a leaf, or says why it cannot be used. A price on a dropped or unknown part would be a price on nothing: it spoils the leaf. */
export function readLeaf(trial: Trial, reader: PriceReader, leaf: PriceLeaf): Leaf | { readonly wrong: string } {
  const cases = new Map<number, boolean>()
  for (const { use, holds } of leaf.cases) {
    const held = reader.heldOf.get(use)
    const policy = held === undefined ? undefined : trial.held[held]!.use.policy
    if (held === undefined || policy?.is !== 'soft' || policy.per !== 'whole')
      return { wrong: `a case on constraint ${use}, which is not a whole soft one` }
    if (cases.has(held) && cases.get(held) !== holds) return { wrong: `constraint ${use} both holds and is given up` }
    cases.set(held, holds)
  }
  const prices: PartPrice[] = []
  const seen = new Set<string>()
  for (const { use, group, part, price, per = 1 } of leaf.prices) {
    if (price.length !== trial.levels.length || !price.every((entry) => Number.isSafeInteger(entry)))
      return { wrong: `a price on constraint ${use} is not one integer per level` }
    if (price.every((entry) => entry === 0)) continue
    const name = `${use} ${JSON.stringify([group, part])}`
    if (seen.has(name)) return { wrong: `two prices on part ${name}` }
    seen.add(name)
    const held = reader.heldOf.get(use)
    if (held === undefined) return { wrong: `a price on constraint ${use}, which does not exist` }
    const { policy } = trial.held[held]!.use
    if (policy.is === 'soft' && policy.per === 'whole' && cases.get(held) !== true)
      return { wrong: `a price on constraint ${use}, which is not assumed to hold` }
    const index = reader.groupIndex(held, group)
    const at = partIndex(trial, held, part)
    if (index < 0 || at < 0) return { wrong: `a price on part ${name}, which does not exist` }
    const { demand } = trial.held[held]!
    if (demand.is === 'amounts') {
      const hard = cases.get(held) === true || isHardIn(trial.held[held]!, index)
      if (!Number.isSafeInteger(per) || per < 1 || (per > 1 && (!hard || signOf(price) > 0)))
        return { wrong: `a price on part ${name} per ${per} units, which only a hard upper limit can have` }
      if (signOf(price) < 0 && demand.upper[index] === Infinity) return { wrong: `a price on part ${name}, which has no limit` }
    } else if (per !== 1) return { wrong: `a price on part ${name} per ${per} units, which it does not have` }
    prices.push({ held, group: index, part: at, key: index * (demand.is === 'counts' ? demand.parts.length : 1) + at, price, per })
  }
  return { cases, prices }
}

function partIndex(trial: Trial, held: number, part: string): number {
  const { demand } = trial.held[held]!
  switch (demand.is) {
    case 'counts':
      return demand.parts.indexOf(part)
    case 'forbidden':
    case 'amounts':
      return part === '' ? 0 : -1
    case 'together':
    case 'links':
      return -1
  }
}
