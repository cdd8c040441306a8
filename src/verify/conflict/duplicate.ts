/** K15: two rules command one attribute in one reaction, both by what stands there (toggle, step), or both with one message of which each counts. */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf, readsOf } from '../behaviour-index.ts'
import type { Write } from '../machine.ts'
import { same } from '../values.ts'
import type { RunKind } from './commands.ts'

// The words by which messages count, as the catalogue lists them.
const COUNTS =
  /(^|[^a-z])(toggles?|notify|notification|alert|announce|say|speak|tts|press|pressed|push|pulse|ring|step|next|previous|increment|decrement|dispense|feed|print|send|sms|mail)([^a-z]|$)/i

type Counting = 'relative' | 'message' | 'not'

export const duplicate: RunKind = {
  id: 'K15',
  pair: true,
  shows: (behaviour, reaction, { actuator, rules: [first, second] }) => {
    const commands = reaction.writes.filter(({ attribute }) => attribute === actuator)
    const twice = (a: Write, b: Write): boolean => {
      const how = countingOf(behaviour, a)
      return how !== 'not' && how === countingOf(behaviour, b) && (how === 'relative' || same(a.exact, b.exact))
    }
    const pairs = commands.flatMap((a, at) =>
      commands
        .slice(at + 1)
        .filter(
          (b) =>
            ((a.automation === first && b.automation === second) || (a.automation === second && b.automation === first)) && twice(a, b),
        ),
    )
    return pairs[0]?.asked
  },
}

function countingOf(behaviour: Behaviour, { automation, step: id, attribute }: Write): Counting {
  const index = indexOf(behaviour)
  const step = index.byId.get(automation)?.steps.get(id)
  if (step?.do !== 'set') return 'not'
  if (readsOf(step.value).includes(attribute)) return 'relative'
  const found = index.attributes.get(attribute)
  if (found?.delivery !== 'message' || found.role !== 'actuator' || step.value.is !== 'value') return 'not'
  const { value } = step.value
  return COUNTS.test(attribute) || (typeof value === 'string' && COUNTS.test(value)) ? 'message' : 'not'
}
