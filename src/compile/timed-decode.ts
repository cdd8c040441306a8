/** From a model of a timed query back to a timed run: what `conflicts-decode.ts` reads, and spans of time, rates and durations, exact. */
import type { Constant } from '../smt/build.ts'
import { numberOf } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import { over, plus, rational, times, type Rational } from '../smt/rational.ts'
import type { Term } from '../smt/term.ts'
import type { Elapse, ExactText, TimedRun } from '../model/timed-run.ts'
import { decodedTerms, decodeRun } from './conflicts-decode.ts'
import type { Layer } from './conflicts-unroll.ts'
import type { TimedLayer } from './timed-layer.ts'
import type { TimedContext } from './timed-state.ts'

const plainLayer = (layer: TimedLayer): Layer => ({
  before: layer.before.rest,
  reactions: layer.reactions.map(({ symbolic }) => symbolic),
  picked: layer.picked,
  happens: layer.happens,
  rests: layer.rests,
})

/** What decoding reads besides what a query mentions. */
export const timedTerms = (layers: readonly TimedLayer[], mentioned: ReadonlyMap<string, Term>): readonly Term[] => [
  ...decodedTerms(layers.map(plainLayer), mentioned),
  ...layers.flatMap(({ elapsed, before, there, reactions }) => [
    elapsed,
    ...before.quantities.values(),
    ...there.quantities.values(),
    ...reactions.flatMap(({ drawn }) => drawn.map(({ milliseconds }) => milliseconds)),
  ]),
]

const text = ({ numerator, denominator }: Rational): ExactText => (denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`)
const ZERO = rational(0n)
const HOUR = rational(3_600_000n)

/** The run that the model describes; of the last layer only the time that passes, where its event does not happen. */
export const decodeTimedRun = (layers: readonly TimedLayer[], values: ReadonlyMap<string, Constant>, context: TimedContext): TimedRun => {
  const { coding } = context.reaction
  const lookup = (name: string): Constant => values.get(name) ?? coding.plain(name)
  const constant = (term: Term): Constant => evaluateTerm(term, lookup)
  const number = (term: Term): Rational => numberOf(constant(term)) ?? ZERO
  const truth = (term: Term): boolean => {
    const value = constant(term)
    return value.is === 'bool' && value.value
  }
  const last = layers.at(-1)
  const coming = last === undefined || truth(last.happens) ? layers : layers.slice(0, -1)
  const plain = decodeRun(coming.map(plainLayer), values, context.reaction)
  const elapses = layers.map(({ elapsed, before, there }): Elapse => {
    const length = number(elapsed)
    const rates = [...there.quantities].flatMap(([name, after]): readonly (readonly [string, ExactText])[] => {
      if (length.numerator === 0n) return []
      const change = plus(number(after), times(rational(-1n), number(before.quantities.get(name)!)))
      return change.numerator === 0n ? [] : [[name, text(times(over(change, length), HOUR))]]
    })
    return { milliseconds: text(length), rates: Object.fromEntries(rates) }
  })
  const durations = coming.flatMap(({ reactions, picked }) =>
    reactions.flatMap(({ drawn }, index) =>
      truth(picked(index)) ? drawn.filter(({ guard }) => truth(guard)).map(({ milliseconds }) => text(number(milliseconds))) : [],
    ),
  )
  const quantities = Object.fromEntries([...(layers[0]?.before.quantities ?? [])].map(([name, value]) => [name, text(number(value))]))
  return { ...plain, elapses, quantities, durations }
}
