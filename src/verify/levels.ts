/** The objective as a vector that is minimised: what stands at each place, what an option and a violation cost there. */
import { NONE, UNMANAGED } from '../model/outcome.ts'
import type { FleetModel, Policy } from '../model/fleet-model.ts'
import type { World } from './world.ts'

export type LevelMeaning =
  | { readonly is: 'worsened' }
  | { readonly is: 'assigned' }
  | { readonly is: 'soft'; readonly level: number }
  | { readonly is: 'preference' }
  | { readonly is: 'changes' }
  | { readonly is: 'moves' }
  | { readonly is: 'score'; readonly assigned: number; readonly preference: number; readonly changes: number }

/** Levels, most important first. The excess of `do_not_worsen` uses comes before all others, where there are such uses; moves against an earlier answer come after, where one is known. */
export function levelMeanings(model: FleetModel): readonly LevelMeaning[] {
  const worsened: LevelMeaning[] = model.constraints.some(({ policy }) => policy.is === 'do-not-worsen') ? [{ is: 'worsened' }] : []
  const softLevels = [...new Set(model.constraints.flatMap(({ policy }) => (policy.is === 'soft' ? [policy.level] : [])))].sort(
    (a, b) => a - b,
  )
  return [
    ...worsened,
    ...model.objectives.flatMap((objective): readonly LevelMeaning[] =>
      objective.is === 'soft' ? softLevels.map((level) => ({ is: 'soft', level })) : [objective],
    ),
    ...(model.earlier === undefined ? [] : [{ is: 'moves' } as const]),
  ]
}

/** True where larger is better for the user: the reported value is the negated one. */
export function isMaximised(level: LevelMeaning): boolean {
  return level.is === 'assigned' || level.is === 'preference' || level.is === 'score'
}

/** What one unit of violation, or the giving up of a whole use, costs at each level; undefined for hard uses. All 0 where no level counts it. */
export function penaltyOf(levels: readonly LevelMeaning[], policy: Policy): readonly number[] | undefined {
  switch (policy.is) {
    case 'hard':
      return undefined
    case 'do-not-worsen':
      return levels.map((level) => (level.is === 'worsened' ? 1 : 0))
    case 'soft':
      return levels.map((level) => (level.is === 'score' || (level.is === 'soft' && level.level === policy.level) ? policy.weight : 0))
  }
}

/** What is added to the sum of costs and penalties: `score` credits every whole use that holds, so it starts from all their weights. */
export function constantOf(model: FleetModel, levels: readonly LevelMeaning[]): readonly bigint[] {
  const credit = model.constraints.reduce(
    (sum, { policy }) => (policy.is === 'soft' && policy.per === 'whole' ? sum + BigInt(policy.weight) : sum),
    0n,
  )
  return levels.map((level) => (level.is === 'score' ? -credit : 0n))
}

/** 1 at [run x options + option] where having the option is a change. `unmanaged` is only for devices left alone, which never change. */
export function changeTable(world: World): Uint8Array {
  const changes = world.runs.same.map((same) => 1 - same)
  for (let run = 0; run < world.runs.count; run++) changes[run * world.options.length + UNMANAGED] = 0
  return changes
}

/** What having an option turns, by kind of row: 1 is a change, 2 a move away from an earlier answer, 3 both. */
export interface Turns {
  readonly of: Int32Array
  /** At [kind x options + option]. */
  readonly table: Uint8Array
}

const known = new WeakMap<World, Turns>()

export function turnsOf(world: World): Turns {
  const made = known.get(world) ?? makeTurns(world)
  known.set(world, made)
  return made
}

function makeTurns(world: World): Turns {
  const { runs, moves, options } = world
  const changes = changeTable(world)
  if (moves === undefined) return { of: runs.of, table: changes }
  const width = options.length
  const kinds = new Map<number, number>()
  const of = new Int32Array(world.size)
  const pairs: (readonly [number, number])[] = []
  for (let row = 0; row < of.length; row++) {
    const [run, then] = [runs.of[row]!, moves.of[row]!]
    const key = then * runs.count + run
    const kind = kinds.get(key) ?? pairs.push([run, then]) - 1
    kinds.set(key, kind)
    of[row] = kind
  }
  const table = new Uint8Array(pairs.length * width)
  for (const [kind, [run, then]] of pairs.entries())
    for (let option = 0; option < width; option++)
      table[kind * width + option] = changes[run * width + option]! + 2 * moves.table[then * width + option]!
  return { of, table }
}

/** The part of an option's cost at a level that needs no preference, by [turn][option]. */
export function plainCosts(world: World, level: LevelMeaning): readonly Float64Array[] {
  const at = (changed: number, moved: number): Float64Array =>
    Float64Array.from(world.options, (_, option) => {
      const assigned = option === NONE || option === UNMANAGED ? 0 : 1
      switch (level.is) {
        case 'assigned':
          return -assigned
        case 'changes':
          return changed
        case 'moves':
          return moved
        case 'score':
          return level.changes * changed - level.assigned * assigned
        case 'preference':
        case 'soft':
        case 'worsened':
          return 0
      }
    })
  return world.moves === undefined ? [at(0, 0), at(1, 0)] : [at(0, 0), at(1, 0), at(0, 1), at(1, 1)]
}

/** By what a preference counts at a level. */
export function preferenceFactor(level: LevelMeaning): number {
  return level.is === 'preference' ? -1 : level.is === 'score' ? -level.preference : 0
}
