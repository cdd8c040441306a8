/** What every device ends as, from the lines of a stored assignment. */
import { eachLine } from '../../formats/lines.ts'
import type { Outcomes } from '../../explain/difference.ts'
import type { AssignedDevice } from '../../model/assignment.ts'
import type { Choice } from '../../model/outcome.ts'

export async function readOutcomes(lines: AsyncIterable<Uint8Array>): Promise<Outcomes> {
  const ids: string[] = []
  const choices: Choice[] = []
  const known = new Map<string, number>()
  const chosen: number[] = []
  await eachLine(lines, (buffer, start, end) => {
    if (end === start) return
    const { device, outcome, variant, settings } = JSON.parse(buffer.toString('utf8', start, end)) as AssignedDevice
    const id = JSON.stringify([outcome, variant, settings])
    let choice = known.get(id)
    if (choice === undefined) {
      choice = choices.push({ id, outcome, ...(variant === null ? {} : { variant }), settings }) - 1
      known.set(id, choice)
    }
    ids.push(device)
    chosen.push(choice)
  })
  return { ids, choices, chosen: Int32Array.from(chosen) }
}
