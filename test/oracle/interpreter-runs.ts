/** Short forms for what interpreter tests feed and look at. */
import type { Behaviour, Value } from '../../src/model/automation.ts'
import type { OpenChoice, OutsideEvent } from '../../src/model/conflict.ts'
import { replay } from '../../src/verify/interpreter.ts'
import type { Replayed } from '../../src/verify/interpreter.ts'
import { toValue } from '../../src/verify/values.ts'
import { actuator, bool, button, range, sensor } from './words.ts'

export const write = (attribute: string, value: Value): OutsideEvent => ({ is: 'write', attribute, value })
export const pull = (automation: string, payload: Value = null): OutsideEvent => ({ is: 'pull', automation, trigger: 0, payload })
export const resume = (automation: string, step: string, nth = 0, timedOut = false): OutsideEvent => ({
  is: 'resume',
  automation,
  step,
  nth,
  timedOut,
})
export const order = (...automations: string[]): OpenChoice => ({ is: 'order', automations })

export function run(
  of: Behaviour,
  events: readonly OutsideEvent[],
  choices: readonly OpenChoice[] = [],
  initial: Record<string, Value> = {},
): Replayed {
  return replay(of, { initial, events, choices })
}
/** `automation:attribute=value` of every write, reactions apart. */
export const writes = (replayed: Replayed): string[] =>
  replayed.reactions.map(({ writes }) => writes.map((one) => `${one.automation}:${one.attribute}=${String(one.after)}`).join(' '))
export const codes = (replayed: Replayed): string[] => replayed.diagnostics.map(({ code }) => code)
export const value = (replayed: Replayed, id: string): Value => toValue(replayed.reactions.at(-1)!.state.values.get(id) ?? null)

export const motion = sensor('motion', bool)
export const lamp = actuator('lamp', bool)
export const fan = actuator('fan', bool)
export const level = actuator('level', range(0, 9))
export const button1 = [button('press')]
