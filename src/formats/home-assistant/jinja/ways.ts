/** Applying what is known of single values to choices of them. */
import type { Value, ValueType } from '../../../model/automation.ts'
import { and, value } from '../../node-red/expressions.ts'
import { changedWays } from './compare.ts'
import { type Run, step, under } from './run.ts'
import { constantOf, gathered, type Item, type Jinja, split, unknown, waysOf } from './values.ts'

const MAXIMAL_WAYS = 256

/** What `make` gives for each combination of the ways of the parts. */
export function lifted(run: Run, parts: readonly Jinja[], make: (...parts: Jinja[]) => Jinja): Jinja {
  if (parts.every((part) => part.is !== 'choice')) return make(...parts)
  return combined(run, parts.map(waysOf), make, 'combines too many possibilities')
}

/** As `lifted`, with plain values of known short range split into constants. */
export function splitLifted(run: Run, parts: readonly Jinja[], make: (...parts: Jinja[]) => Jinja): Jinja {
  return combined(
    run,
    parts.map((part) => split(changedWays(part))),
    make,
    'combines too many possibilities',
  )
}

/** A function of constants; open with the reason where one is not known. */
export function ofConstants(
  run: Run,
  parts: readonly Jinja[],
  make: (...values: Value[]) => Jinja,
  why: string,
  type: ValueType = { is: 'any' },
): Jinja {
  return splitLifted(run, parts, (...ways) => {
    const hidden = ways.find((way) => way.is === 'unknown')
    if (hidden?.is === 'unknown') return unknown(hidden.why, type)
    const values = ways.map(constantOf)
    return values.includes(undefined) ? unknown(why, type) : make(...(values as Value[]))
  })
}

function combined(run: Run, ways: readonly (readonly Item[])[], make: (...parts: Jinja[]) => Jinja, why: string): Jinja {
  let rows: readonly { readonly when: Item['when']; readonly parts: readonly Jinja[] }[] = [{ when: value(true), parts: [] }]
  for (const of of ways) {
    if (rows.length * of.length > MAXIMAL_WAYS) return unknown(why)
    rows = rows.flatMap(({ when, parts }) =>
      of
        .map((way) => ({ when: and(when, way.when), parts: [...parts, way.value] }))
        .filter((row) => !(row.when.is === 'value' && row.when.value !== true)),
    )
  }
  return gathered(
    rows.map(({ when, parts }) => {
      step(run)
      return { when, value: under(run, when, () => make(...parts)) }
    }),
  )
}
