/** K0: a name that nothing provides. Shown by the list of dangling names, where no attribute, automation or emitted event bears the name. */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'

/** Why one of the names is not dangling, or undefined where every one is. */
export function notDangling(behaviour: Behaviour, names: readonly string[]): string | undefined {
  const index = indexOf(behaviour)
  const listed = new Set(behaviour.applications.flatMap(({ dangling }) => dangling.map(({ id }) => id)))
  const emitted = new Set(
    index.automations.flatMap(({ automation }) => automation.steps.flatMap((step) => (step.do === 'emit' ? [step.event] : []))),
  )
  if (names.length === 0) return 'it names nothing that dangles'
  for (const name of names) {
    if (!listed.has(name)) return `\`${name}\` is no dangling name`
    if (index.byId.has(name) || index.attributes.has(name) || emitted.has(name)) return `\`${name}\` is provided`
  }
  return undefined
}
