/** K35: a command to a value beyond the declared type of the attribute, or beyond what a description of the thing says. */
import type { Behaviour, ValueType } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Datum } from '../values.ts'
import { isNumber, toValue } from '../values.ts'
import type { RunKind } from './commands.ts'

const beyond = (type: ValueType, datum: Datum): boolean => {
  const value = toValue(datum)
  if (value === null) return false
  if (type.is === 'enum') return !type.other && !(typeof value === 'string' && type.values.includes(value))
  if (type.is !== 'number' || (type.low === undefined && type.high === undefined)) return false
  return !isNumber(datum) || Number(value) < (type.low ?? -Infinity) || Number(value) > (type.high ?? Infinity)
}

const limits = (behaviour: Behaviour, attribute: string): readonly ValueType[] => {
  const own = indexOf(behaviour).attributes.get(attribute)?.type
  const described = (behaviour.environment?.limits ?? []).filter((one) => one.attribute === attribute).map(({ type }) => type)
  return own === undefined ? described : [own, ...described]
}

export const actuatorLimits: RunKind = {
  id: 'K35',
  shows: (behaviour, reaction, { actuator, rules }) =>
    reaction.writes.find(
      ({ attribute, automation, exact }) =>
        attribute === actuator && automation === rules[0] && limits(behaviour, attribute).some((type) => beyond(type, exact)),
    )?.asked,
  couldShow: (behaviour, commands, { actuator, rules }) =>
    commands.some(
      ({ attribute, automation, values }) =>
        attribute === actuator &&
        automation === rules[0] &&
        (values === undefined || limits(behaviour, attribute).some((type) => values.some((value) => beyond(type, value)))),
    ),
}
