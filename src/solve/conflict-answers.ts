/** Answers to what the model leaves open, for runs that are tried: with as little as can be, or so that what is not modelled does all that it may. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Behaviour, Value, ValueType } from '../model/automation.ts'
import type { OpenChoice, Run } from '../model/conflict.ts'
import { completedChoices, plainValue, type Chooser } from '../verify/choices.ts'
import { startState, step } from '../verify/interpreter.ts'

/** `eager`: unmodelled parts go on, hold, and write to an attribute another value each time. */
export type Manner = 'plain' | 'eager'

export interface Answers {
  readonly chooser: Chooser
  /** All answers, in order: a complete list. */
  readonly made: () => readonly OpenChoice[]
}

export const answersOf = (manner: Manner): Answers => {
  const plain = completedChoices([])
  if (manner === 'plain') return plain
  const made: OpenChoice[] = []
  const keep = <Choice extends OpenChoice>(choice: Choice): Choice => {
    made.push(choice)
    return choice
  }
  const times = new Map<string, number>()
  const next = (what: string): number => {
    const before = times.get(what) ?? 0
    times.set(what, before + 1)
    return before
  }
  return {
    chooser: {
      value: (part, type, among) => keep({ is: 'value', part, value: among?.[0] ?? valueOf(type, next('values')) }).value,
      write: (part, attribute, type) => keep({ is: 'write', part, attribute, value: valueOf(type, next(`to ${attribute}`)) }).value,
      goOn: (part) => keep({ is: 'continue', part, yes: true }).yes,
      order: (automations) => automations,
    },
    made: () => made,
  }
}

/** The same start and events with other answers to what the model leaves open; nothing where they lead nowhere. */
export const answeredRun = (
  behaviour: Behaviour,
  { initial, events }: Pick<Run, 'initial' | 'events'>,
  manner: Manner,
): Run | undefined => {
  const start = startState(behaviour, initial)
  if (!start.ok) return undefined
  const { chooser, made } = answersOf(manner)
  let state = start.value
  try {
    for (const [at, event] of events.entries()) {
      const reaction = step(behaviour, state, event, chooser, at, STEPS)
      if (reaction.loop && at < events.length - 1) return undefined
      state = reaction.state
    }
  } catch (error) {
    // What was foreseen for other answers need not be possible with these.
    if (error instanceof EngineError) return undefined
    throw error
  }
  return { initial, events, choices: [...made()] }
}

/** Token steps of a reaction that is tried. */
const STEPS = 1_000

/** The values of a type by turns: few, neighbours differ where the type has two. */
const valueOf = (type: ValueType, turn: number): Value => {
  const options = optionsOf(type)
  return options[turn % options.length]!
}

const optionsOf = (type: ValueType): readonly Value[] => {
  const plain = plainValue(type)
  switch (type.is) {
    case 'bool':
      return [true, false]
    case 'enum':
      return type.values.length === 0 ? [plain] : type.values
    case 'number':
      return typeof plain === 'number' && plain + 1 <= (type.high ?? Infinity) ? [plain, plain + 1] : [plain]
    case 'text':
      return ['on', 'off']
    case 'any':
      return [true, 'on', 'off', 1, 0]
  }
}
