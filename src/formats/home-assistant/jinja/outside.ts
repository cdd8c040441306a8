/** What is computed of a value from outside alone, which may be a list or a mapping: a value from outside of its own. */
import type { ValueType } from '../../../model/automation.ts'
import { type Given, reading, type Run } from './run.ts'
import { constantOf, has, type Jinja, type Scalar } from './values.ts'

/** A plain value that may stand for a list or mapping. */
export const mayBeTree = (of: Jinja): of is Scalar => of.is === 'scalar' && !of.text && of.types.size > 1 && has(of, 'text')

/** The part of it by a name; nothing where it comes not from outside. */
export function partOf(run: Run, of: Jinja, name: string, type: ValueType = { is: 'any' }): Scalar | undefined {
  if (!mayBeTree(of)) return undefined
  const part = run.context.part?.(of.of, name, type)
  if (part === undefined) return undefined
  run.assumptions.add('what a template computes of a list or mapping from outside alone is taken as any value')
  return reading(run, part, false)
}

/** Filters that make of a list something else by constants. */
const OF_LISTS = new Set(
  'select reject selectattr rejectattr map list sort unique reverse first last join sum min max average items dictsort groupby'.split(' '),
)

export const takesList = (name: string): boolean => OF_LISTS.has(name)

/** What a filter with constant arguments makes of such a value. */
export function filteredOutside(run: Run, name: string, of: Jinja, given: Given): Scalar | undefined {
  if (!OF_LISTS.has(name) || !mayBeTree(of)) return undefined
  const parts = [...given.plain.map((part) => ['', part] as const), ...[...given.named].map(([key, part]) => [`${key}=`, part] as const)]
  const spelled = parts.map(([key, part]) => {
    const known = constantOf(part)
    return known === undefined ? undefined : `${key}${JSON.stringify(known)}`
  })
  return spelled.includes(undefined) ? undefined : partOf(run, of, `${name}(${spelled.join(',')})`)
}
