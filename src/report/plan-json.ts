// A plan, or why there is none, as JSON for programs; stable.
import type { PlanOutcome, PlanReason, Refusal } from '../plan/question.ts'
import { planHeadOf } from '../plan/pages.ts'
import { schemaVersion } from './assignment-json.ts'

/** One value; changes are not in it, they are lines of their own. */
export function planJson(outcome: PlanOutcome): Readonly<Record<string, unknown>> {
  switch (outcome.is) {
    case 'planned':
      return {
        schemaVersion,
        status: 'planned',
        plan: planHeadOf(outcome.plan),
        later: outcome.later,
        ...(outcome.declared === undefined ? {} : { declared: refusalJson(outcome.declared) }),
      }
    case 'impossible':
      return { schemaVersion, status: 'impossible', ...refusalJson(outcome) }
    case 'undecided':
      return { schemaVersion, status: 'undecided', reasons: outcome.reasons.map(reasonJson) }
  }
}

function refusalJson({ reasons, repairs }: Refusal): Readonly<Record<string, unknown>> {
  return { reasons: reasons.map(reasonJson), repairs: repairs.map(({ text }) => ({ text })) }
}

function reasonJson({ kind, text, devices, trace, at }: PlanReason): Readonly<Record<string, unknown>> {
  return { kind, text, devices, trace, ...(at === undefined ? {} : { at }) }
}
