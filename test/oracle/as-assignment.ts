/** Between the oracle's outcomes and the engine's columns; random assignments to judge. */
import type { Assignment } from '../../src/model/assignment.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import type { AssignmentCheck } from '../../src/verify/assignment.ts'
import type { Oracle, Outcome } from './assignment.ts'
import type { Random } from './random-model.ts'

export function asAssignment(now: readonly Outcome[]): Assignment {
  const ids = [...new Set(now.map((outcome) => JSON.stringify(outcome)))]
  return {
    choices: ids.map((id) => ({ id, ...(JSON.parse(id) as Outcome) })),
    chosen: Int32Array.from(now, (outcome) => ids.indexOf(JSON.stringify(outcome))),
  }
}

/** Eligible outcomes, now and then one that only another device may have. */
export function randomAssignment(oracle: Oracle, random: Random): readonly Outcome[] {
  const below = (n: number): number => Math.floor(random() * n)
  return oracle.devices.map((device) => {
    const { eligible } = random() < 0.9 ? device : oracle.devices[below(oracle.devices.length)]!
    return eligible[below(eligible.length)]!
  })
}

/** Values in the minimised sense, without negative zeros. */
export function minimised(check: AssignmentCheck): readonly number[] {
  return check.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value) + 0)
}

/** The same model without one of its uses. */
export function withoutUse(model: FleetModel, index: number): FleetModel {
  return { ...model, constraints: model.constraints.filter((use) => use.index !== index).map((use, at) => ({ ...use, index: at })) }
}
