/** From a model of an unrolled query back to a run: initial values, outside events, choices in the order they are made. */
import { componentsOf, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import type { Constant } from '../smt/build.ts'
import { numberOf } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import type { Term } from '../smt/term.ts'
import type { Value } from '../model/automation.ts'
import type { OpenChoice, OutsideEvent, Run } from '../model/conflict.ts'
import type { Coding } from './conflicts-coding.ts'
import { variablesOf } from './conflicts-query.ts'
import { awaitedBy } from './conflicts-structure.ts'
import type { MadeChoice, ReactionContext, SymbolicReaction } from './conflicts-reaction.ts'
import type { Layer } from './conflicts-unroll.ts'

/** Values that decoding reads and that a query may not mention: their variables must be asked for too. */
export const decodedTerms = (layers: readonly Layer[], mentioned: ReadonlyMap<string, Term>): readonly Term[] => {
  const wanted: Term[] = []
  for (const layer of layers)
    for (const reaction of layer.reactions) {
      const values: readonly SymbolicValue[] = [
        reaction.payload,
        ...reaction.choices.flatMap((choice) => (choice.is === 'value' || choice.is === 'write' ? [choice.value] : [])),
      ]
      wanted.push(...values.flatMap(componentsOf))
    }
  const first = layers[0]
  if (first !== undefined)
    for (const id of first.before.looked()) {
      const components = componentsOf(first.before.standing(id).value)
      if ([...variablesOf(components).keys()].some((name) => mentioned.has(name))) wanted.push(...components)
    }
  return wanted
}

interface Reader {
  readonly truth: (term: Term) => boolean
  readonly value: (value: SymbolicValue) => Value
  readonly number: (term: Term) => number
}

const readerOf = (values: ReadonlyMap<string, Constant>, coding: Coding): Reader => {
  const lookup = (name: string): Constant => values.get(name) ?? coding.plain(name)
  const constant = (term: Term): Constant => evaluateTerm(term, lookup)
  const truth = (term: Term): boolean => {
    const result = constant(term)
    return result.is === 'bool' && result.value
  }
  const named = new Map<bigint, string>()
  const used = new Set(coding.texts)
  /** A text that is no known one, and reads as the number that the model wants. */
  const otherText = (code: bigint, text: Term): string => {
    const before = named.get(code)
    if (before !== undefined) return before
    const parsed = coding.parsed(text)
    const wanted = parsed !== undefined && truth(parsed.parses) ? decimal(constant(parsed.number)) : undefined
    let made = wanted === undefined ? `other-${code}` : String(wanted)
    while (used.has(made)) made = wanted === undefined ? `${made}'` : made.includes('.') ? `${made}0` : `${made}.0`
    used.add(made)
    named.set(code, made)
    return made
  }
  const value = (symbolic: SymbolicValue): Value => {
    if (truth(symbolic.isBool)) return truth(symbolic.bool)
    if (truth(symbolic.isNumber)) return decimal(constant(symbolic.number))
    if (!truth(symbolic.isText)) return null
    const code = numberOf(constant(symbolic.text))?.numerator ?? 0n
    return code >= 0n && code < BigInt(coding.texts.length) ? coding.texts[Number(code)]! : otherText(code, symbolic.text)
  }
  return { truth, value, number: (term) => decimal(constant(term)) }
}

const decimal = (term: Constant): number => {
  const number = numberOf(term)
  return number === undefined ? 0 : Number(number.numerator) / Number(number.denominator)
}

/** The run that the model describes. */
export const decodeRun = (layers: readonly Layer[], values: ReadonlyMap<string, Constant>, context: ReactionContext): Run => {
  const reader = readerOf(values, context.coding)
  const events: OutsideEvent[] = []
  const choices: OpenChoice[] = []
  for (const layer of layers) {
    const index = layer.reactions.findIndex((_, at) => reader.truth(layer.picked(at)))
    const reaction = layer.reactions[Math.max(index, 0)]
    if (reaction === undefined) continue
    events.push(eventOf(context, reaction, reader))
    choices.push(...reaction.choices.filter(({ guard }) => reader.truth(guard)).flatMap((choice) => choiceOf(choice, reader)))
  }
  const initial: Record<string, Value> = {}
  const first = layers[0]
  for (const id of first?.before.looked() ?? []) {
    const value = first?.before.standing(id).value
    if (value !== undefined && [...variablesOf(componentsOf(value)).keys()].some((name) => values.has(name)))
      initial[id] = reader.value(value)
  }
  return { initial, events, choices }
}

const eventOf = ({ structure }: ReactionContext, reaction: SymbolicReaction, { truth, value }: Reader): OutsideEvent => {
  const { event } = reaction
  switch (event.is) {
    case 'write':
      return { is: 'write', attribute: event.attribute, value: value(reaction.payload) }
    case 'pull':
      return { is: 'pull', automation: event.automation, trigger: event.trigger, payload: value(reaction.payload) }
    case 'resume': {
      const step = structure.rule.get(event.automation)?.steps.get(event.step)
      const carries = event.trigger !== undefined && step !== undefined && awaitedBy(step)[event.trigger]?.on === 'outside'
      const present = reaction.resumed.filter(({ token }) => truth(token.guard))
      return {
        is: 'resume',
        automation: event.automation,
        step: event.step,
        nth: Math.max(
          present.findIndex(({ is }) => truth(is)),
          0,
        ),
        timedOut: event.timedOut,
        ...(event.trigger === undefined ? {} : { trigger: event.trigger }),
        ...(carries ? { payload: value(reaction.payload) } : {}),
      }
    }
    case 'due':
      return { is: 'due', automation: event.automation, trigger: event.trigger }
    case 'restart':
      return { is: 'restart' }
  }
}

const choiceOf = (choice: MadeChoice, { truth, value, number }: Reader): readonly OpenChoice[] => {
  switch (choice.is) {
    case 'value':
      return [{ is: 'value', part: choice.part, value: value(choice.value) }]
    case 'write':
      return [
        {
          is: 'write',
          part: choice.part,
          attribute: choice.attribute,
          value: truth(choice.written) ? value(choice.value) : { none: true },
        },
      ]
    case 'continue':
      return [{ is: 'continue', part: choice.part, yes: truth(choice.yes) }]
    case 'order': {
      const starting = choice.rules.filter(({ starts }) => truth(starts))
      const ordered = starting.map(({ rule, place }) => ({ rule, place: number(place) })).sort((a, b) => a.place - b.place)
      return ordered.length < 2 ? [] : [{ is: 'order', automations: ordered.map(({ rule }) => rule) }]
    }
  }
}
