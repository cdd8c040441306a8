/** What certificates of levels prove by the formula of model/certificate.ts, worked out device by device the plainest way. */
import type { LevelLeaf, LevelProof, PartName } from '../../../src/model/certificate.ts'
import { clashReader, type Member } from '../../../src/verify/bound/clashes.ts'
import type { LevelsCertificate } from '../../../src/verify/bound/levels.ts'
import { judge, type HeldUse, type Trial } from '../../../src/verify/judge.ts'
import { penaltyOf } from '../../../src/verify/levels.ts'
import { allows } from '../../../src/verify/world.ts'

/** What the formula of model/certificate.ts says, device by device in whole numbers of any size: the levels until one cannot be used, and whether none was. */
export function byFormula(trial: Trial, certificate: LevelsCertificate): { readonly values: readonly bigint[]; readonly sound: boolean } {
  const reader = clashReader(trial, certificate.choices)
  const clashes = certificate.clashes.map((clash) => reader.read(clash))
  const divisions = certificate.divisions.map(({ devices, choices }) => reader.member(devices, choices))
  const names = certificate.levels.flatMap((level) => [level, ...level.leaves].flatMap(({ prices }) => prices))
  if (
    clashes.some((one) => 'wrong' in one) ||
    divisions.includes(undefined) ||
    certificate.divisions.some(({ most }) => !Number.isSafeInteger(most)) ||
    names.some((name) => heldOf(trial, name) === undefined)
  )
    return { values: [], sound: false }
  const members = clashes as readonly (readonly Member[])[]
  const divided = divisions as readonly Member[]
  const rows = trial.world.fleet.ids.flatMap((_, row) => {
    const named = [...members.flat(), ...divided].some((member) => member.rows.includes(row))
    return named || names.some((name) => countsThere(trial, name, row)) ? [row] : []
  })
  const values: bigint[] = []
  for (const [at, proof] of certificate.levels.entries()) {
    const least = proof.level === at && Number.isSafeInteger(proof.scale) && proof.scale > 0 ? levelByFormula(proof) : undefined
    if (least === undefined) return { values, sound: false }
    values.push(least)
  }
  return { values, sound: true }

  function levelByFormula(proof: LevelProof): bigint | undefined {
    const numbers = certificate.divisions.map((_, at) => at)
    if (proof.leaves.some(({ cases }) => cases.some(({ division }) => divided[division] === undefined))) return undefined
    // Every way that the divisions can fall out must be in some leaf.
    for (let truth = 0; truth < 2 ** numbers.length; truth++)
      if (!proof.leaves.some(({ cases }) => cases.every(({ division, within }) => (((truth >> division) & 1) === 1) === within)))
        return undefined
    const found = proof.leaves.map((leaf) => leafByFormula(proof, leaf))
    if (found.includes(undefined)) return undefined
    const least = (found as readonly bigint[]).reduce((a, b) => (b < a ? b : a))
    let bound = least / BigInt(proof.scale)
    while (bound * BigInt(proof.scale) < least) bound++
    return bound
  }

  function leafByFormula({ level, scale, prices, clashes: priced }: LevelProof, leaf: LevelLeaf): bigint | undefined {
    if (leaf.factors.length !== level || leaf.factors.some((factor) => !Number.isSafeInteger(factor) || factor < 0)) return undefined
    const factor = trial.levels.map((_, at) => BigInt(at < level ? leaf.factors[at]! : at === level ? scale : 0))
    const byPart = new Map([...prices, ...leaf.prices].map((one) => [JSON.stringify([one.use, one.group, one.part]), one]))
    const byClash = new Map([...priced, ...leaf.clashes])
    let total = leaf.factors.reduce((sum, one, at) => sum - BigInt(one) * values[at]!, 0n)
    for (const name of byPart.values()) {
      const brought = Number.isSafeInteger(name.price) ? brings(trial, name, factor) : undefined
      if (brought === undefined) return undefined
      total += brought
    }
    for (const [clash, price] of byClash) {
      if (members[clash] === undefined || !Number.isSafeInteger(price) || price > 0) return undefined
      total += BigInt(price * members[clash].reduce((ways, member) => ways * member.rows.length, 1))
    }
    for (const { division, within, price } of leaf.cases) {
      if (!Number.isSafeInteger(price) || (within ? price > 0 : price < 0)) return undefined
      total += BigInt(price) * BigInt(certificate.divisions[division]!.most + (within ? 0 : 1))
    }
    for (const row of rows) {
      const worths = trial.world.options.flatMap((_, option) => {
        const cost = costAlone(trial, row, option)
        if (cost === undefined) return []
        let worth = cost.reduce((sum, one, at) => sum + one * factor[at]!, 0n)
        for (const name of byPart.values()) {
          const held = heldOf(trial, name)!
          if (held.demand.groupOf[row] === held.demand.groups.indexOf(name.group))
            worth -= BigInt(name.price * amountOf(held, name.part, row, option, trial.world.options.length))
        }
        for (const [clash, price] of byClash)
          for (const [place, { rows: own, options }] of members[clash]!.entries())
            if (own.includes(row) && options.includes(option))
              worth -= BigInt(
                price * members[clash]!.reduce((ways, member, other) => (other === place ? ways : ways * member.rows.length), 1),
              )
        for (const { division, price } of leaf.cases)
          if (divided[division]!.rows.includes(row) && divided[division]!.options.includes(option)) worth -= BigInt(price)
        return [worth]
      })
      if (worths.length === 0) return undefined
      total += worths.reduce((a, b) => (b < a ? b : a))
    }
    return total
  }
}

/** The use of a part that a price can stand on. */
function heldOf(trial: Trial, { use, group, part }: PartName): HeldUse | undefined {
  const held = trial.held.find((one) => one.use.index === use)
  const parts = held?.demand.is === 'counts' ? held.demand.parts : held?.demand.is === 'amounts' ? [''] : []
  return held?.demand.groups.includes(group) === true && parts.includes(part) ? held : undefined
}

/** Price times limit, less what a group that is violated today may give away; undefined where the limit is open or the violation cheaper. */
function brings(trial: Trial, name: PartName & { readonly price: number }, factor: readonly bigint[]): bigint | undefined {
  const { use, demand, allowance } = heldOf(trial, name)!
  const { price } = name
  if (price === 0) return 0n
  const group = demand.groups.indexOf(name.group)
  const at = demand.is === 'counts' ? group * demand.parts.length + demand.parts.indexOf(name.part) : group
  const limit =
    demand.is === 'counts' ? (price > 0 ? demand.lower : demand.upper)[at]! : demand.is === 'amounts' && price < 0 ? demand.upper[at]! : NaN
  if (!Number.isSafeInteger(limit)) return undefined
  const brought = BigInt(price) * BigInt(limit)
  if (use.policy.is === 'hard') return brought
  if (use.policy.is === 'soft' && use.policy.per === 'whole') return undefined
  const above =
    BigInt(Math.abs(price)) - penaltyOf(trial.levels, use.policy)!.reduce((sum, one, level) => sum + BigInt(one) * factor[level]!, 0n)
  if (above <= 0n) return brought
  return use.policy.is === 'soft' ? undefined : brought - above * BigInt(allowance![group]!)
}

/** What a device's option costs whatever the others have; undefined where it may not have it. */
function costAlone(trial: Trial, row: number, option: number): readonly bigint[] | undefined {
  if (!allows(trial.world, row, option)) return undefined
  const nobody = new Int32Array(trial.world.size).fill(-1)
  const own = nobody.slice()
  own[row] = option
  const free = { ...trial, held: [] }
  const [before, after] = [judge(free, nobody).values, judge(free, own).values]
  const cost = after.map((value, level) => value - before[level]!)
  for (const { use, demand, allowance } of trial.held) {
    const group = demand.groupOf[row]!
    if (group < 0) continue
    const hard = use.policy.is === 'hard' || (use.policy.is === 'do-not-worsen' && allowance![group] === 0)
    if (demand.is === 'forbidden' && demand.forbidden[demand.kindOf[row]! * trial.world.options.length + option] === 1) {
      if (hard) return undefined
      if (use.policy.is === 'soft' && use.policy.per === 'whole') continue
      for (const [level, weight] of penaltyOf(trial.levels, use.policy)!.entries()) cost[level]! += BigInt(weight)
    }
    if (
      demand.is === 'amounts' &&
      hard &&
      amountOf({ use, demand }, '', row, option, trial.world.options.length) > (demand.largest ?? Infinity)
    )
      return undefined
  }
  return cost
}

function countsThere(trial: Trial, name: PartName, row: number): boolean {
  const held = heldOf(trial, name)!
  return (
    held.demand.groups.indexOf(name.group) === held.demand.groupOf[row] &&
    trial.world.options.some(
      (_, option) =>
        costAlone(trial, row, option) !== undefined && amountOf(held, name.part, row, option, trial.world.options.length) !== 0,
    )
  )
}

function amountOf({ demand }: HeldUse, part: string, row: number, option: number, width: number): number {
  if (demand.is === 'counts') return demand.parts.indexOf(part) === demand.partOf[option] ? 1 : 0
  if (demand.is !== 'amounts') return 0
  return demand.amount[demand.kindOf[row]! * width + option]!
}
