// What a change that was tried would do: levels and devices beside the model as it is.
import type { Difference } from '../explain/difference.ts'
import type { AssignmentResult, Level } from '../model/assignment.ts'
import { assignmentJson, schemaVersion } from './assignment-json.ts'
import { differenceJson, differenceText } from './difference-text.ts'
import { grouped, signed } from './numbers.ts'
import { alignColumns } from './table.ts'

type Assigned = Extract<AssignmentResult, { readonly status: 'assigned' }>

/** Ends with a line feed. */
export function whatIfText(edits: readonly string[], before: Assigned, after: Assigned, difference: Difference): string {
  return (
    [
      ...edits.map((edit) => `what if   ${edit}`),
      '',
      ...alignColumns([['level', 'as it is', 'what if', 'change'], ...levelRows(before.levels, after.levels)]),
      `  ${after.optimal && before.optimal ? 'both optimal, checked' : 'not both proved optimal and checked'}; nothing was written`,
      '',
    ].join('\n') + `\n${differenceText(difference, { before: 'as it is', after: 'what if' })}`
  )
}

/** Levels by name: a change of the objectives may take some away. */
function levelRows(before: readonly Level[], after: readonly Level[]): string[][] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  return names.map((name) => {
    const [one, other] = [before, after].map((levels) => levels.find((level) => level.name === name)?.value)
    return [
      name,
      one === undefined ? '-' : grouped(one),
      other === undefined ? '-' : grouped(other),
      one === undefined || other === undefined ? '' : signed(other - one),
    ]
  })
}

export function whatIfJson(
  edits: readonly string[],
  before: AssignmentResult,
  after: AssignmentResult,
  difference: Difference | undefined,
): object {
  return {
    schemaVersion,
    whatIf: edits,
    before: assignmentJson(before, [], { withDevices: false }),
    after: assignmentJson(after, [], { withDevices: false }),
    ...(difference === undefined ? {} : { difference: differenceJson(difference) }),
  }
}
