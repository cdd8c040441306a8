/** Plays a random flow in the interpreter with a clock beside it: every wait is resumed when it is due, in the order in which the waits began. */
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Value } from '../../src/model/automation.ts'
import type { OutsideEvent } from '../../src/model/conflict.ts'
import { completedChoices } from '../../src/verify/choices.ts'
import { startState, step, type State } from '../../src/verify/interpreter.ts'
import { behaviourOf } from '../fixtures/flows.ts'
import type { FlowEvent, RandomFlow } from './node-red-flows.ts'

export interface Played {
  /** Why parts are not modelled; nothing is promised where there are some. */
  readonly unmodelled: readonly string[]
  readonly published: readonly (readonly (readonly [string, Value])[])[]
}

export function playFlow(flow: RandomFlow, broker = 'mqtt:broker:1883/'): Played {
  const read = readNodeRedFlow({ name: 'flow.json', text: JSON.stringify(flow.nodes) }, { application: 'app' })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  const unmodelled = read.value.application.unmodelled.map(({ id, why }) => `${id}: ${why}`)
  if (unmodelled.length > 0) return { unmodelled, published: [] }
  const behaviour = behaviourOf(read.value)
  const steps = new Map(
    behaviour.applications.flatMap(({ automations }) =>
      automations.flatMap((one) => one.steps.map((made) => [`${one.id} ${made.id}`, made] as const)),
    ),
  )
  const start = startState(behaviour, {})
  if (!start.ok) throw new Error(JSON.stringify(start.diagnostics))
  let state: State = start.value
  let now = 0
  /** Parallel to the tokens that wait; Infinity where no time is set. */
  let due: number[] = []
  let published: [string, Value][] = []

  const happen = (event: OutsideEvent): void => {
    const before = state.waiting
    const reaction = step(behaviour, state, event, completedChoices([]).chooser, 0)
    state = reaction.state
    due = state.waiting.map((token) => {
      const known = before.indexOf(token)
      if (known >= 0) return due[known]!
      const at = steps.get(`${token.automation} ${token.step}`)
      return at?.do === 'delay' && at.milliseconds.is === 'value' ? now + Number(at.milliseconds.value) : Infinity
    })
    for (const { attribute, after } of reaction.writes)
      if (attribute.startsWith(broker)) published.push([attribute.slice(broker.length), after])
  }
  const runTo = (moment: number): void => {
    for (;;) {
      const next = due.indexOf(Math.min(...due))
      if (next < 0 || due[next]! > moment) break
      now = due[next]!
      const { automation, step: at } = state.waiting[next]!
      const nth = state.waiting.slice(0, next).filter((token) => token.automation === automation && token.step === at).length
      happen({ is: 'resume', automation, step: at, nth, timedOut: false })
    }
    now = moment
  }
  const play = (event: FlowEvent): readonly (readonly [string, Value])[] => {
    published = []
    if ('after' in event) runTo(now + event.after)
    else happen({ is: 'write', attribute: broker + event.topic, value: event.payload })
    return published.filter(([topic]) => !('topic' in event) || topic !== event.topic)
  }
  return { unmodelled, published: flow.events.map(play) }
}
