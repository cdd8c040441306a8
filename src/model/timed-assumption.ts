/** What may go wrong in the world beside automations (K33), as a behaviour in which it does: the same questions are asked of it again, under a name. */
import type { Automation, Behaviour, Step } from './automation.ts'

/** `late`: sensors that tell at a change sample so seldom instead. `offline`: a thing keeps the values that it has, and commands to it are lost. */
export type TimedAssumption = { readonly is: 'late'; readonly milliseconds: number } | { readonly is: 'offline'; readonly thing: string }

/** How findings name it: `late 600000`, `offline lamp`. */
export const assumptionName = (assumption: TimedAssumption): string =>
  assumption.is === 'late' ? `late ${assumption.milliseconds}` : `offline ${assumption.thing}`

/** The assumption of that name. */
export function assumptionNamed(name: string): TimedAssumption | undefined {
  const [, kind, about = ''] = /^(late|offline) (.+)$/s.exec(name) ?? []
  if (kind === 'offline') return { is: 'offline', thing: about }
  const milliseconds = Number(about)
  return kind === 'late' && Number.isFinite(milliseconds) && milliseconds > 0 ? { is: 'late', milliseconds } : undefined
}

export const assuming = (behaviour: Behaviour, assumption: TimedAssumption): Behaviour =>
  assumption.is === 'late' ? withLateReports(behaviour, assumption.milliseconds) : withOffline(behaviour, assumption.thing)

function withLateReports(behaviour: Behaviour, everyMilliseconds: number): Behaviour {
  const { environment } = behaviour
  if (environment?.observations === undefined) return behaviour
  const observations = environment.observations.map((one) => ('within' in one.reports ? { ...one, reports: { everyMilliseconds } } : one))
  return { ...behaviour, environment: { ...environment, observations } }
}

function withOffline(behaviour: Behaviour, thing: string): Behaviour {
  const lost = new Set(behaviour.attributes.flatMap((one) => (one.thing === thing ? [one.id] : [])))
  const step = (one: Step): Step => {
    // A step that does nothing keeps its place in the order.
    if (one.do === 'set' && lost.has(one.attribute)) return { ...one, do: 'let', local: 'lost', value: { is: 'value', value: null } }
    return one.do === 'unmodelled' ? { ...one, writes: one.writes.filter((id) => !lost.has(id)) } : one
  }
  const automation = (one: Automation): Automation => ({ ...one, steps: one.steps.map(step) })
  const { environment } = behaviour
  return {
    ...behaviour,
    applications: behaviour.applications.map((one) => ({ ...one, automations: one.automations.map(automation) })),
    attributes: behaviour.attributes.map((one) => (lost.has(one.id) ? { ...one, outside: false } : one)),
    ...(environment?.observations === undefined
      ? {}
      : { environment: { ...environment, observations: environment.observations.filter(({ attribute }) => !lost.has(attribute)) } }),
  }
}
