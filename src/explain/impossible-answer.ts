/** The answer where nothing satisfies everything hard: a minimal core over all that the user wrote, solved again alone, and the nearest repairs. */
import type { ConstraintKind } from '../../constraints/kind.ts'
import type { Reason, Repair } from '../model/assignment.ts'
import type { Certificate, CheckedBy } from '../model/certificate.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import type { AssignmentVerdict } from '../solve/verdict.ts'
import { confirmImpossible } from './confirm-impossible.ts'
import type { ExplainContext } from './context.ts'
import { coreReasons } from './core-reasons.ts'
import { coreRepairs } from './core-repairs.ts'
import { missedLimits } from './find-repairs.ts'
import { impossibleReasons } from './impossible.ts'
import { feasibilityOf, minimalCore } from './minimal-core.ts'
import { usesOf } from './participants.ts'

export interface ImpossibleAnswer {
  readonly reasons: readonly Reason[]
  readonly repairs: readonly Repair[]
  readonly checkedBy: CheckedBy
  readonly certificates: readonly Certificate[]
}

export async function impossibleAnswer(
  context: ExplainContext,
  verdict: Extract<AssignmentVerdict, { readonly is: 'impossible' }>,
  kinds: readonly ConstraintKind[],
  solvers: Solvers,
  limits: SolveLimits = {},
): Promise<ImpossibleAnswer> {
  const { problem } = context.compiled
  const found = await confirmImpossible(problem, verdict, solvers, limits)
  const ask = feasibilityOf(context.fleet, kinds, solvers, limits)
  const suspects = [...new Set(found.core.rows.map((r) => problem.rows[r]!.name.use))]
  const core = await minimalCore(context.model, suspects, ask)
  if (core === undefined) {
    const missed = await missedLimits(context, found.core.rows, solvers, limits)
    return { ...found, reasons: impossibleReasons(context, found.core), repairs: missed.map(({ text }) => ({ text })) }
  }
  // The core stands for itself: what is shown of it is shown of its own problem.
  const alone = await confirmImpossible(core.compiled.problem, core.verdict, solvers, limits)
  const names = usesOf(core.members)
  const inCore = new Set(
    alone.core.rows.map((r) => keyOf(names[core.compiled.problem.rows[r]!.name.use]!, core.compiled.problem.rows[r]!.name.group)),
  )
  const rows = problem.rows.flatMap(({ name, policy }, r) => (policy.is === 'hard' && inCore.has(keyOf(name.use, name.group)) ? [r] : []))
  const missed = await missedLimits(context, rows, solvers, limits)
  return {
    reasons: coreReasons(context, core, alone.core.rows),
    repairs: await coreRepairs(context, core, missed, ask),
    checkedBy: alone.checkedBy,
    certificates: alone.certificates,
  }
}

const keyOf = (use: number, group: string): string => JSON.stringify([use, group])
