/** The levels of the objective: what each column costs at each, and where soft constraints pay. */
import type { CostTerm, ProblemLevel } from '../../constraints/problem.ts'
import type { ConstraintUse, FleetModel, Objective } from '../model/fleet-model.ts'
import type { Choice } from '../model/outcome.ts'

export interface Worth {
  readonly choices: readonly Choice[]
  /** Preference by class column. */
  readonly preference: Float64Array
  /** By class column; absent where a change is always told by the class's one current choice. */
  readonly changed?: Uint8Array
  /** By class column: 1 where it is a move away from an earlier answer; absent where none is known. */
  readonly moved?: Uint8Array
}

/** Levels, and by constraint use the level where it pays (-1: hard, or no level counts it; 0 for `do_not_worsen`). */
export interface Levels {
  readonly levels: readonly ProblemLevel[]
  readonly paysAt: Int32Array
}

export function levelsOf(model: FleetModel, worth: Worth): Levels {
  const softLevels = [...new Set(model.constraints.flatMap(({ policy }) => (policy.is === 'soft' ? [policy.level] : [])))].sort(
    (a, b) => a - b,
  )
  const levels: ProblemLevel[] = []
  const paysAt = new Int32Array(model.constraints.length).fill(-1)
  // What must not get worse is bettered before anything else is looked at.
  if (model.constraints.some(({ policy }) => policy.is === 'do-not-worsen')) {
    levels.push({ name: 'worsening', sense: 'minimise', offset: 0, terms: [] })
    model.constraints.forEach(({ policy }, i) => policy.is === 'do-not-worsen' && (paysAt[i] = 0))
  }
  for (const objective of model.objectives) {
    if (objective.is !== 'soft') levels.push(levelOf(model, objective, worth))
    else {
      for (const soft of softLevels) {
        levels.push({ name: softLevels.length === 1 ? 'soft' : `soft ${soft}`, sense: 'minimise', offset: 0, terms: [] })
        model.constraints.forEach(({ policy }, i) => {
          if (policy.is === 'soft' && policy.level === soft) paysAt[i] = levels.length - 1
        })
      }
    }
    if (objective.is === 'score')
      model.constraints.forEach(
        ({ policy }, i) => policy.is !== 'do-not-worsen' && (paysAt[i] = policy.is === 'soft' ? levels.length - 1 : -1),
      )
  }
  if (worth.moved !== undefined)
    levels.push({ name: 'moves', sense: 'minimise', offset: 0, terms: [{ is: 'column', cost: Int32Array.from(worth.moved) }] })
  return { levels, paysAt }
}

function levelOf(model: FleetModel, objective: Exclude<Objective, { readonly is: 'soft' }>, worth: Worth): ProblemLevel {
  switch (objective.is) {
    case 'assigned':
      return { name: 'assigned', sense: 'maximise', offset: 0, terms: [assignedTerm(worth, 1)] }
    case 'preference':
      return { name: 'preference', sense: 'maximise', offset: 0, terms: preferenceTerms(worth, 1) }
    case 'changes':
      return { name: 'changes', sense: 'minimise', offset: 0, terms: changeTerms(worth, 1) }
    case 'score': {
      const terms = [
        assignedTerm(worth, objective.assigned),
        ...preferenceTerms(worth, objective.preference),
        ...changeTerms(worth, objective.changes),
      ]
      // A whole use earns its weight where it holds: all of them are credited, and a given-up one pays.
      return { name: 'score', sense: 'maximise', offset: model.constraints.reduce((sum, use) => sum + credit(use), 0), terms }
    }
  }
}

const credit = ({ policy }: ConstraintUse): number => (policy.is === 'soft' && policy.per === 'whole' ? policy.weight : 0)

function assignedTerm({ choices }: Worth, weight: number): CostTerm {
  return { is: 'choice', cost: Float64Array.from(choices, ({ outcome }) => (outcome === 'variant' ? -weight : 0)) }
}

function preferenceTerms({ preference }: Worth, weight: number): readonly CostTerm[] {
  // Plain loops: ten million columns pass here.
  let [any, small] = [false, true]
  for (let j = 0; j < preference.length; j++) {
    const value = weight * preference[j]!
    if (value !== 0) any = true
    if (value !== (value | 0)) small = false
  }
  if (!any || weight === 0) return []
  const cost = small ? new Int32Array(preference.length) : new Float64Array(preference.length)
  for (let j = 0; j < cost.length; j++) cost[j] = 0 - weight * preference[j]!
  return [{ is: 'column', cost }]
}

function changeTerms({ changed }: Worth, weight: number): readonly CostTerm[] {
  if (weight === 0) return []
  return [changed === undefined ? { is: 'change', weight } : { is: 'column', cost: Int32Array.from(changed, (change) => change * weight) }]
}
