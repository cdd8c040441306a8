/** Lines of what is stored, where a thread reads them by itself; none where there is nothing of that name. */
import type { ThreadStore } from '../../store/store.ts'
import { assignedLines } from '../assigned-lines.ts'
import type { StoredLines } from './questions.ts'

export async function* storedLines({ fleets, assignments }: ThreadStore, what: StoredLines): AsyncGenerator<Uint8Array> {
  switch (what.is) {
    case 'fleet': {
      const lines = await fleets.lines(what.tenant, what.fleet)
      if (lines !== undefined) yield* lines
      return
    }
    case 'assigned': {
      const { choices = [] } = (await assignments.get(what.tenant, what.assignment)) ?? {}
      const chunks = await assignments.chunks(what.tenant, what.assignment)
      if (chunks !== undefined) yield* assignedLines(chunks, choices, what.side)
    }
  }
}
