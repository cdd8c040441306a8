/** Checks an assignment against the raw model: feasible, worth what it claims, and as good as its certificates prove. Believes no compiler and no solver. */
import { boundOf, type Bound } from './bound/bound.ts'
import { judge, readTrial, type Breach, type Judgement, type UncheckedUse } from './judge.ts'
import { isMaximised, type LevelMeaning } from './levels.ts'
import type { Assignment } from '../model/assignment.ts'
import type { Certificate, CheckedBy } from '../model/certificate.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { optionsOfChoices } from './options.ts'

/** What somebody says of the assignment: levels in order, in the user's sense. */
export interface Claims {
  readonly levels: readonly { readonly name: string; readonly value: number; readonly bound: number }[]
}

interface CheckedLevel {
  readonly name: string
  readonly sense: 'maximise' | 'minimise'
  /** Recomputed, in the user's sense. */
  readonly value: number
  /** What the certificates prove of every assignment that is as good at all earlier levels; absent where they prove nothing. */
  readonly bound?: number
  /** Who confirms the claimed bound (without claims: the proved one); `nobody` where it is better than what is proved. */
  readonly checkedBy: Extract<CheckedBy, 'arithmetic' | 'enumeration' | 'nobody'>
}

export interface AssignmentCheck {
  readonly feasible: boolean
  /** The first violations of hard and `do_not_worsen` constraints, how many there are, and uses that no checker understands. */
  readonly breaches: readonly Breach[]
  readonly breachCount: number
  readonly unchecked: readonly UncheckedUse[]
  /** The first devices whose choice they may not have, and how many there are. */
  readonly ineligible: readonly string[]
  readonly ineligibleCount: number
  readonly levels: readonly CheckedLevel[]
  /** Where the claims differ from what was found, one sentence each. */
  readonly disagreements: readonly string[]
  /** Certificates that could not be used, and why. */
  readonly unused: readonly { readonly component: string; readonly why: string }[]
  /** Components whose certificates are scripts: a solver must refute them, nobody here can. */
  readonly open: readonly string[]
}

/** Checks everything; `claims` without levels claim nothing. */
export function verifyAssignment(
  model: FleetModel,
  fleet: Fleet,
  assignment: Assignment,
  certificates: readonly Certificate[] = [],
  claims: Claims = { levels: [] },
): AssignmentCheck {
  const trial = readTrial(model, fleet)
  const optionOf = optionsOfChoices(model, trial.world.options, assignment.choices)
  const state = new Int32Array(fleet.size).fill(-1)
  for (let row = 0; row < Math.min(fleet.size, assignment.chosen.length); row++) state[row] = optionOf[assignment.chosen[row]!] ?? -1
  const judgement = judge(trial, state)
  const bound = boundOf(trial, certificates, judgement.feasible ? judgement.values : undefined)
  const disagreements: string[] = []
  if (assignment.chosen.length !== fleet.size)
    disagreements.push(`the assignment has ${assignment.chosen.length} devices, the fleet ${fleet.size}`)
  if (claims.levels.length > 0 && claims.levels.length !== trial.levels.length)
    disagreements.push(`${claims.levels.length} levels are claimed, the model has ${trial.levels.length}`)
  const comparable = claims.levels.length === trial.levels.length
  return {
    feasible: judgement.feasible && assignment.chosen.length === fleet.size,
    breaches: judgement.breaches,
    breachCount: judgement.breachCount,
    unchecked: trial.unchecked,
    ineligible: judgement.ineligible,
    ineligibleCount: judgement.ineligibleCount,
    levels: checkLevels(trial.levels, judgement, bound, comparable ? claims : undefined, disagreements),
    disagreements,
    unused: bound.problems,
    open: certificates.filter(({ is }) => is === 'refutation' || is === 'impossible').map(({ component }) => component),
  }
}

function checkLevels(
  levels: readonly LevelMeaning[],
  judgement: Judgement,
  { values: bounds, by, after }: Bound,
  claims: Claims | undefined,
  disagreements: string[],
): readonly CheckedLevel[] {
  // Unless it was made for what is reached, a bound says something of a level only as long as all earlier levels are met exactly.
  let met = bounds !== undefined
  return levels.map((level, at) => {
    const value = judgement.values[at]!
    const claim = claims?.levels[at]
    const name = claim?.name ?? levelName(level)
    const proved = met ? bounds?.[at] : undefined
    met &&= proved !== undefined && (after === 'reached' || proved === value)
    const maximised = isMaximised(level)
    const shown = (inner: bigint): number => Number(maximised ? -inner : inner)
    if (claim !== undefined && claim.value !== shown(value))
      disagreements.push(`level ${name}: ${claim.value} is claimed, ${shown(value)} was found`)
    const covered =
      proved !== undefined && (claim === undefined || (Number.isSafeInteger(claim.bound) && innerOf(claim.bound, maximised) <= proved))
    if (claim !== undefined && proved !== undefined && !covered)
      disagreements.push(`level ${name}: the bound ${claim.bound} is claimed, ${shown(proved)} was proved`)
    return {
      name,
      sense: maximised ? 'maximise' : 'minimise',
      value: shown(value),
      ...(proved === undefined ? {} : { bound: shown(proved) }),
      checkedBy: covered ? by : 'nobody',
    }
  })
}

function innerOf(reported: number, maximised: boolean): bigint {
  return maximised ? -BigInt(reported) : BigInt(reported)
}

function levelName(level: LevelMeaning): string {
  switch (level.is) {
    case 'worsened':
      return 'worsening'
    case 'soft':
      return `soft ${level.level}`
    case 'assigned':
    case 'preference':
    case 'changes':
    case 'moves':
    case 'score':
      return level.is
  }
}
