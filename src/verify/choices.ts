/** What the model leaves open in a reaction, and who decides it: a recorded list, or an exploration of all. */
import type { Value, ValueType } from '../model/automation.ts'
import type { OpenChoice } from '../model/conflict.ts'
import { inType, type Datum } from './values.ts'

export type UnmodelledWrite = Value | { readonly none: true }

/** Answers one open question each; `step` asks in the order of execution. */
export interface Chooser {
  /** A value for the unmodelled `part` (or for the attribute of that name after a restart, then one of `among`). */
  readonly value: (part: string, type: ValueType, among?: readonly Value[]) => Value
  readonly write: (part: string, attribute: string, type: ValueType) => UnmodelledWrite
  readonly goOn: (part: string) => boolean
  /** A permutation of the automations that one event reaches, that keeps the order of those in `kept`. */
  readonly order: (automations: readonly string[], kept: readonly string[]) => readonly string[]
  /** Only where time is counted: a number for an unmodelled part of how long something waits. Absent: nobody asks how long. */
  readonly duration?: (part: string, type: ValueType) => Datum
}

export interface RecordedChoices {
  readonly chooser: Chooser
  /** What was wrong so far, in plain sentences: choices that were missing, or of the wrong type. */
  readonly problems: () => readonly string[]
  /** How many recorded choices nobody asked for. */
  readonly left: () => number
}

/** Answers from a recorded list. Choices about one part are consumed in order; an order is consumed by the first event that reaches all automations that it names. */
export function recordedChoices(choices: readonly OpenChoice[]): RecordedChoices {
  const left = [...choices]
  const problems: string[] = []
  const take = <Kind extends OpenChoice['is']>(kind: Kind, fits: (choice: Extract<OpenChoice, { is: Kind }>) => boolean) => {
    const at = left.findIndex((choice) => choice.is === kind && fits(choice as Extract<OpenChoice, { is: Kind }>))
    return at < 0 ? undefined : (left.splice(at, 1)[0] as Extract<OpenChoice, { is: Kind }>)
  }
  const chooser: Chooser = {
    value: (part, type, among) => {
      const choice = take('value', (one) => one.part === part)
      if (choice === undefined) problems.push(`no value is chosen for \`${part}\``)
      else if (among === undefined ? !inType(choice.value, type) : !among.includes(choice.value))
        problems.push(`the value chosen for \`${part}\` is not of its type`)
      return choice === undefined ? (among?.[0] ?? plainValue(type)) : choice.value
    },
    write: (part, attribute, type) => {
      const choice = take('write', (one) => one.part === part && one.attribute === attribute)
      if (choice === undefined) problems.push(`nothing says what \`${part}\` writes to \`${attribute}\``)
      else if (!isNone(choice.value) && !inType(choice.value, type))
        problems.push(`what \`${part}\` writes to \`${attribute}\` is not of its type`)
      return choice === undefined ? { none: true } : choice.value
    },
    goOn: (part) => {
      const choice = take('continue', (one) => one.part === part)
      if (choice === undefined) problems.push(`nothing says whether \`${part}\` continues`)
      return choice?.yes ?? false
    },
    order: (automations, kept) => {
      const next = left.find((choice) => choice.is === 'order')
      if (next?.automations.every((id) => automations.includes(id)) !== true) return automations
      const named = new Set(take('order', (one) => one === next)!.automations)
      const order = [...named, ...automations.filter((id) => !named.has(id))]
      const keeps = order.filter((id) => kept.includes(id))
      if (keeps.some((id, at) => id !== kept[at])) problems.push(`\`${keeps.join('`, `')}\` run in the order of their flow`)
      return order
    },
  }
  return { chooser, problems: () => problems, left: () => left.length }
}

/** Answers from a recorded list and, where it has nothing to say, with a plain value, no write, no going on. `made`: all answers, in order: a complete list. */
export function completedChoices(choices: readonly OpenChoice[]): {
  readonly chooser: Chooser
  readonly made: () => readonly OpenChoice[]
} {
  const left = [...choices]
  const made: OpenChoice[] = []
  const keep = <Choice extends OpenChoice>(fits: (choice: OpenChoice) => boolean, otherwise: Choice): Choice => {
    const at = left.findIndex((choice) => choice.is === otherwise.is && fits(choice))
    const choice = at < 0 ? otherwise : (left.splice(at, 1)[0] as Choice)
    made.push(choice)
    return choice
  }
  const chooser: Chooser = {
    value: (part, type, among) =>
      keep((one) => one.is === 'value' && one.part === part, { is: 'value', part, value: among?.[0] ?? plainValue(type) }).value,
    write: (part, attribute) =>
      keep<Extract<OpenChoice, { is: 'write' }>>((one) => one.is === 'write' && one.part === part && one.attribute === attribute, {
        is: 'write',
        part,
        attribute,
        value: { none: true },
      }).value,
    goOn: (part) => keep((one) => one.is === 'continue' && one.part === part, { is: 'continue', part, yes: false }).yes,
    order: (automations) => {
      const at = left.findIndex((choice) => choice.is === 'order')
      const next = left[at]
      if (next?.is !== 'order' || !next.automations.every((id) => automations.includes(id))) return automations
      left.splice(at, 1)
      made.push(next)
      const named = new Set(next.automations)
      return [...named, ...automations.filter((id) => !named.has(id))]
    },
  }
  return { chooser, made: () => made }
}

export function isNone(write: UnmodelledWrite): write is { readonly none: true } {
  return typeof write === 'object' && write !== null
}

/** A value of the type that stands for "not said". */
export function plainValue(type: ValueType): Value {
  switch (type.is) {
    case 'bool':
      return false
    case 'enum':
      return type.values[0] ?? ''
    case 'number': {
      const low = Math.max(type.low ?? -Infinity, 0)
      const value = Math.min(low, type.high ?? Infinity)
      return type.integer ? Math.ceil(value) : value
    }
    case 'text':
      return ''
    case 'any':
      return null
  }
}
