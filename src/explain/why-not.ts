/** Why a device does not run a variant: what breaks, or what it would cost level by level and which other devices would have something else. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { splitComponents, type Component } from '../compile/components.ts'
import { mayEnd } from '../compile/eligibility.ts'
import type { Reason } from '../model/assignment.ts'
import type { CheckedBy } from '../model/certificate.ts'
import { NONE, type Choice } from '../model/outcome.ts'
import { residualOf, type Residual } from '../solve/flow/force-one.ts'
import { flowApplies } from '../solve/flow/solve-flow.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import type { Wanted } from './change-model.ts'
import type { ExplainContext } from './context.ts'
import { forceDevice } from './force-device.ts'
import { movedAlong, movedBetween, type MovedDevices } from './moved-devices.ts'
import { rowReasons } from './row-reasons.ts'
import { whyNothing, type WhyNothing } from './why-nothing.ts'

type Solved = Extract<AssignmentVerdict, { readonly is: 'solved' }>

/** `worse` by so much, in the level's own unit; below 0 it is better. */
export interface LevelCost {
  /** Its place among the levels. */
  readonly level: number
  readonly name: string
  readonly sense: 'maximise' | 'minimise'
  readonly worse: number
}

export type WhyNot =
  | { readonly is: 'has-it' }
  | { readonly is: 'excluded'; readonly reasons: readonly Reason[] }
  /**
   * `cost`: levels that differ. `how`: by a cheapest way of moves from a proven answer, or by solving again with the device forced. `proved`: gap 0 at every level,
   * before and with the device forced. `checkedBy`: who stands for the forced answer; for the cost of moves nobody but the search itself does.
   */
  | {
      readonly is: 'possible'
      readonly cost: readonly LevelCost[]
      readonly moved: readonly MovedDevices[]
      readonly how: 'moves' | 'solved-again'
      readonly proved: boolean
      readonly checkedBy: CheckedBy
    }
  | { readonly is: 'undecided'; readonly why: string }

/** A solved assignment that is asked about again and again: what an answer needs is worked out once. */
export interface Asked {
  readonly context: ExplainContext
  readonly verdict: Solved
  readonly chosen: Int32Array
  readonly kinds: readonly ConstraintKind[]
  readonly why: WhyNothing
  /** Row by device id. */
  readonly rowOf: (device: string) => number | undefined
  /** The flow that a class takes part in; undefined where its component is no flow, or is not proved optimal. */
  readonly flowOf: (c: number) => ClassFlow | undefined
}

interface ClassFlow {
  readonly component: Component
  /** The class in the component. */
  readonly c: number
  readonly residual: Residual
}

export function askedOf(context: ExplainContext, verdict: Solved, chosen: Int32Array, kinds: readonly ConstraintKind[]): Asked {
  let rows: ReadonlyMap<string, number> | undefined
  let components: Components | undefined
  const residuals = new Map<number, Residual | undefined>()
  return {
    context,
    verdict,
    chosen,
    kinds,
    why: whyNothing(context, verdict.counts),
    rowOf: (device) => (rows ??= new Map(context.fleet.ids.map((id, row) => [id, row]))).get(device),
    flowOf: (c) => {
      components ??= componentsOf(context.compiled.problem)
      const index = components.of[c]!
      const component = components.list[index]!
      if (!residuals.has(index)) residuals.set(index, residualFor(component, verdict))
      const residual = residuals.get(index)
      return residual === undefined ? undefined : { component, c: components.inner[c]!, residual }
    },
  }
}

interface Components {
  readonly list: readonly Component[]
  /** By class: its component, and its number there. */
  readonly of: Int32Array
  readonly inner: Int32Array
}

function componentsOf(problem: AssignmentProblem): Components {
  const list = splitComponents(problem)
  const of = new Int32Array(problem.classes.size)
  const inner = new Int32Array(problem.classes.size)
  list.forEach(({ classes }, index) => {
    classes.forEach((c, i) => {
      of[c] = index
      inner[c] = i
    })
  })
  return { list, of, inner }
}

function residualFor({ problem, name, columns }: Component, verdict: Solved): Residual | undefined {
  const outcome = verdict.components.find((one) => one.name === name)
  if (outcome === undefined || problem.bundles.length > 0 || outcome.value.some((value, level) => value !== outcome.bound[level]))
    return undefined
  const shape = flowApplies(problem)
  if ('no' in shape) return undefined
  return residualOf(
    problem,
    shape,
    Float64Array.from(columns, (column) => verdict.counts[column]!),
  )
}

/** Solvers for what is no flow, and for `confirm`: a second, full answer that must be the same. */
export interface WhyNotOptions {
  readonly solvers: Solvers
  readonly limits: SolveLimits
  readonly confirm: boolean
}

export async function whyNot(asked: Asked, row: number, wanted: Wanted, options: WhyNotOptions): Promise<WhyNot> {
  const { context, chosen } = asked
  const { compiled, model } = context
  if (fits(compiled.choices.list[chosen[row]!]!, wanted)) return { is: 'has-it' }
  if (compiled.left[row] === 1) return { is: 'excluded', reasons: [leftAlone(context)] }
  if (wanted.is === 'nothing') {
    const unfit = asked.why.limits.takers(compiled.classes.classOf[row]!, [NONE], '')
    if (unfit.length > 0) return { is: 'excluded', reasons: unfit }
  } else {
    const v = model.variants.findIndex(({ id }) => id === wanted.variant)
    const unfit = asked.why.barred(row, v, (choice) => fits(compiled.choices.list[choice]!, wanted))
    if (unfit.length > 0) return { is: 'excluded', reasons: unfit }
  }
  const quick = movesAlong(asked, row, wanted)
  if (quick !== undefined && !options.confirm) return quick
  const answer = await forceDevice({ context, chosen, kinds: asked.kinds, solvers: options.solvers, limits: options.limits }, row, wanted)
  switch (answer.is) {
    case 'undecided':
      return answer
    case 'impossible':
      return { is: 'excluded', reasons: answer.reasons }
    case 'forced': {
      const { value, bound } = asked.verdict
      const proved = value.every((entry, level) => entry === bound[level]) && answer.levels.every(({ gap }) => gap === 0)
      return {
        is: 'possible',
        cost: levelCosts(
          compiled.problem,
          answer.value.map((entry, level) => entry - value[level]!),
        ),
        moved: quick?.is === 'possible' ? quick.moved : movedBetween(context, chosen, answer.chosen, row),
        how: 'solved-again',
        proved,
        checkedBy: weakest(answer.levels.map(({ checkedBy }) => checkedBy)),
      }
    }
  }
}

const STRENGTH: readonly CheckedBy[] = ['nobody', 'same-solver', 'other-solver', 'enumeration', 'arithmetic']

function weakest(parties: readonly CheckedBy[]): CheckedBy {
  return parties.reduce((a, b) => (STRENGTH.indexOf(b) < STRENGTH.indexOf(a) ? b : a), 'arithmetic')
}

export function fits(choice: Choice, wanted: Wanted): boolean {
  if (wanted.is === 'nothing') return choice.outcome === 'none'
  return choice.variant === wanted.variant && Object.entries(wanted.settings).every(([name, value]) => choice.settings[name] === value)
}

function leftAlone({ model }: ExplainContext): Reason {
  const at = model.leave?.at
  return {
    kind: 'placement/leave',
    text: `it is left alone: \`${model.leave?.text ?? ''}\` holds for it`,
    ...(at === undefined ? {} : { at }),
  }
}

/** By a path in the component's flow; undefined where there is none to walk: no flow, or no column stands for what is wanted. */
export function movesAlong(asked: Asked, row: number, wanted: Wanted): WhyNot | undefined {
  const { context, chosen } = asked
  const { problem, choices, classes, options } = context.compiled
  const flow = asked.flowOf(classes.classOf[row]!)
  if (flow === undefined) return undefined
  const { component, c, residual } = flow
  const { columnStart } = component.problem.classes
  const { columnChoice } = component.problem
  const onto: number[] = []
  let from = -1
  for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
    if (columnChoice[j] === chosen[row]) from = j
    if (fits(choices.list[columnChoice[j]!]!, wanted)) onto.push(j)
  }
  // Modes that are never better have no column; a wanted one of them may be the only way.
  const ways = choices.list.filter((choice, k) => mayEnd(options, row, k) && fits(choice, wanted)).length
  if (from === -1 || onto.length === 0 || (wanted.is === 'variant' && Object.keys(wanted.settings).length > 0 && onto.length < ways))
    return undefined
  const found = residual.force(c, from, onto)
  if (found.is === 'impossible')
    return {
      is: 'excluded',
      reasons: rowReasons(
        context,
        found.rows.map((r) => component.rows[r]!),
      ),
    }
  return {
    is: 'possible',
    cost: levelCosts(problem, found.cost),
    moved: movedAlong(context, component.problem, found.moves.slice(1), chosen, row),
    how: 'moves',
    proved: true,
    checkedBy: 'nobody',
  }
}

function levelCosts(problem: AssignmentProblem, difference: readonly number[]): readonly LevelCost[] {
  return problem.levels.flatMap(({ name, sense }, level) => {
    const worse = difference[level]!
    return worse === 0 ? [] : [{ level, name, sense, worse }]
  })
}
