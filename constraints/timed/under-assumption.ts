/** K33: what only shows where reports are late or a thing is offline. It asks nothing of its own: the other kinds are asked again of the world as it then is. */
import { FALSE } from '../../src/smt/build.ts'
import type { TimedKind } from '../timed.ts'
import { remembersNothing } from '../timed.ts'

export const underAssumption: TimedKind = {
  id: 'conflict/late-or-offline',
  number: 'K33',
  says: 'another kind shows only while reports are late or a thing is offline',
  strength: 6,
  onRequest: true,
  subjects: () => [],
  monitor: () => ({ ...remembersNothing, bad: () => FALSE }),
  severity: () => 'warning',
  text: ({ key }, never) => (never ? `it does not show either: ${key}` : key),
}
