/** What is computed of a value from outside alone, which may be a list or a mapping: a value from outside of its own. */
import type { AutomationExpression, ValueType } from '../../../model/automation.ts'
import { choose } from '../../node-red/expressions.ts'
import { type Given, reading, type Run } from './run.ts'
import { constantOf, has, type Jinja, type Scalar } from './values.ts'

/** A plain value that may stand for a list or mapping. */
export const mayBeTree = (of: Jinja): of is Scalar => of.is === 'scalar' && !of.text && of.types.size > 1 && has(of, 'text')

/** The part of it by a name; nothing where it comes not from outside. */
export function partOf(run: Run, of: Jinja, name: string, type: ValueType = { is: 'any' }): Scalar | undefined {
  if (!mayBeTree(of)) return undefined
  if (of.of.is === 'apply' && of.of.operator === 'if') {
    const [when, then, otherwise] = of.of.arguments
    const ways = [then, otherwise].map((one) => partOf(run, { ...of, of: one! }, name, type))
    if (!ways.includes(undefined)) return { ...ways[0]!, of: choose(when!, ways[0]!.of, ways[1]!.of) }
  }
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

/** What a filter makes of such a value, with arguments that no automation decides. */
export function filteredOutside(run: Run, name: string, of: Jinja, given: Given): Scalar | undefined {
  if (!OF_LISTS.has(name) || !mayBeTree(of)) return undefined
  const parts = [...given.plain.map((part) => ['', part] as const), ...[...given.named].map(([key, part]) => [`${key}=`, part] as const)]
  const spelled = parts.map(([key, part]) => {
    const known = constantOf(part)
    const spelling = known === undefined ? spelledOutside(run, part) : JSON.stringify(known)
    return spelling === undefined ? undefined : `${key}${spelling}`
  })
  return spelled.includes(undefined) ? undefined : partOf(run, of, `${name}(${spelled.join(',')})`)
}

/** A name for values that constants and what is outside decide alone; `more` tells apart what else decides. Nothing where something else does. */
export function spelledOutside(run: Run, of: unknown, more?: unknown): string | undefined {
  return leavesOf(of).every((leaf) => run.context.outside?.(leaf) === true) ? digest([of, more]) : undefined
}

/** Every expression without arguments in the values, and what is not known at all. */
export function leavesOf(of: unknown): readonly AutomationExpression[] {
  const found: AutomationExpression[] = []
  const seen = new Set<object>()
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null || seen.has(one)) return
    seen.add(one)
    const is = 'is' in one ? one.is : undefined
    if (is === 'any' || is === 'unknown' || (is === 'read' && 'attribute' in one) || (is === 'local' && 'name' in one))
      found.push(one as AutomationExpression)
    else if (one instanceof Map) for (const inner of one.values()) walk(inner)
    else if (one instanceof Set) return
    else for (const inner of Object.values(one)) walk(inner)
  }
  walk(of)
  return found
}

/** Tells loops apart that differ in anything (FNV-1a over what they are written as). */
export function digest(of: unknown): string {
  const text = JSON.stringify(of, (_, one: unknown) => (one instanceof Map || one instanceof Set ? [...(one as Iterable<unknown>)] : one))
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
