// The machine-readable answer of `assign`: stable, other programs rely on it.
import type { AssignedDevice, Assignment, AssignmentResult, Separation } from '../model/assignment.ts'
import { countVariants } from './assignment-counts.ts'

export const schemaVersion = 1

/** Row `row` of an assignment as it is written to a bundle. */
export function assignedDevice(assignment: Assignment, ids: readonly string[], row: number): AssignedDevice {
  const choice = assignment.choices[assignment.chosen[row]!]!
  return { device: ids[row]!, outcome: choice.outcome, variant: choice.variant ?? null, settings: choice.settings }
}

/** The JSON of `assign --json`; `ids` are the device ids by row, `withDevices: false` leaves the devices to the bundle. */
export function assignmentJson(result: AssignmentResult, ids: readonly string[], options: { readonly withDevices: boolean }): object {
  switch (result.status) {
    case 'assigned':
      return {
        schemaVersion,
        status: result.status,
        optimal: result.optimal,
        levels: result.levels.map(({ name, value, bound, gap, checkedBy }) => ({ name, value, bound, gap, checkedBy })),
        counts: Object.fromEntries(countVariants(result).map(({ name, after }) => [name === 'no variant' ? 'none' : name, after])),
        unassigned: result.unassigned,
        ...(options.withDevices ? { devices: ids.map((_, row) => assignedDevice(result.assignment, ids, row)) } : {}),
        methods: result.methods,
        ...(result.separation === undefined ? {} : { separation: separationJson(result.separation) }),
        statistics: result.statistics,
        diagnostics: result.diagnostics,
      }
    case 'impossible':
      return {
        schemaVersion,
        status: result.status,
        reasons: result.reasons,
        repairs: result.repairs,
        checkedBy: result.checkedBy,
        statistics: result.statistics,
        diagnostics: result.diagnostics,
      }
    case 'undecided':
      return {
        schemaVersion,
        status: result.status,
        why: result.why,
        ...(result.known === undefined ? {} : { known: result.known }),
        ...(options.withDevices && result.best ? { best: ids.map((_, row) => assignedDevice(result.best!, ids, row)) } : {}),
        statistics: result.statistics,
        diagnostics: result.diagnostics,
      }
    case 'invalid':
      return { schemaVersion, status: result.status, diagnostics: result.diagnostics }
  }
}

function separationJson({ apart, together, safe }: Separation): object {
  return {
    safe,
    apart: apart.map(({ variants, without, because }) => ({
      variants,
      without,
      because: because.map(({ id, verdict, subject, text, fingerprint }) => ({ id, verdict, subject, text, fingerprint })),
    })),
    together: together.map(({ variants, places, place, key, proved, assumptions }) => ({
      variants,
      places,
      place,
      key,
      proved,
      assumptions,
    })),
  }
}
