/** Parts of values by name or index. */
import { textExpr, textScalar } from './printing.ts'
import { apply, same, TRUE, value } from '../../node-red/expressions.ts'
import { arithmetic } from './arithmetic.ts'
import { picked } from './collections.ts'
import { equal } from './compare.ts'
import { filter } from './filters.ts'
import { momentMember } from './moments.ts'
import { mayBeTree, partOf, spelledOutside } from './outside.ts'
import { fail, given as givenOf, reading, type Run } from './run.ts'
import { domainMember, stateMember, stateNamed } from './states.ts'
import { partAt } from './texts.ts'
import { constant, constantOf, isA, type Jinja, NONE, numberValue, only, textOf, UNDEFINED, unknown } from './values.ts'
import { lifted, splitLifted } from './ways.ts'

/** The entry of a mapping at a key that may be open: each entry where the key is its own. */
export function lookedUp(run: Run, of: Extract<Jinja, { readonly is: 'mapping' }>, key: Jinja, otherwise: Jinja): Jinja {
  return lifted(run, [key], (one) => {
    if (one.is === 'unknown') return unknown(one.why)
    const known = constantOf(one)
    if (known !== undefined) return of.entries.get(known) ?? (of.open === undefined ? otherwise : unknown(of.open))
    const rest = of.open === undefined ? otherwise : unknown(of.open)
    const cases = [...of.entries].map(([name, part]) => ({ when: equal(run, one, constant(name)), value: part }))
    const open = cases.filter(({ when }) => when.is !== 'value' || when.value === true)
    return open.length === 0 ? rest : { is: 'choice', cases: open, otherwise: rest }
  })
}

/** A part of a value by name or index; `dotted`: written with a dot, then methods are reached too. */
export function member(run: Run, of: Jinja, key: Jinja, dotted: boolean): Jinja {
  return lifted(run, [of], (one) => {
    if (one.is === 'unknown') return unknown(one.why)
    if (one.is === 'mapping') {
      const name = textOf(key)
      const found = lookedUp(run, one, key, UNDEFINED(name ?? 'an entry'))
      return found.is === 'undefined' && dotted && name !== undefined && ['get', 'items', 'keys', 'values', 'update'].includes(name)
        ? { is: 'method', of: one, name }
        : found
    }
    return splitLifted(run, [key], (part) => memberOf(run, one, part, dotted))
  })
}

function memberOf(run: Run, of: Jinja, key: Jinja, dotted: boolean): Jinja {
  if (key.is === 'unknown') return unknown(key.why)
  const known = constantOf(key)
  const name = typeof known === 'string' ? known : undefined
  switch (of.is) {
    case 'function':
      if (of.name === 'states' && name !== undefined) return domainMember(run, '', name)
      return of.name === 'states' ? stateNamed(run, key) : UNDEFINED(name ?? 'a part of a function')
    case 'domain':
      return name === undefined ? unknown('the name of the entity is computed') : domainMember(run, of.name, name)
    case 'state':
      return name === undefined ? UNDEFINED('a part of a state') : stateMember(run, of, name)
    case 'attributes':
      if (name === 'get' && dotted) return { is: 'method', of, name }
      return name === undefined ? unknown('the name of the attribute is computed') : stateMember(run, of, name)
    case 'space':
      return name === undefined ? UNDEFINED('an entry') : (run.state.spaces.get(of.id)?.get(name) ?? UNDEFINED(name))
    case 'moment':
      return name === undefined ? unknown('a part of a moment') : of.stamp ? { is: 'method', of, name } : momentMember(run, of, name)
    case 'span':
      if (name === 'total_seconds') return { is: 'method', of, name }
      return name === 'seconds' || name === 'days' ? spanPart(run, of, name) : unknown(`\`${name ?? ''}\` of a span`)
    case 'list':
      if (typeof known === 'number' && Number.isInteger(known)) return picked(of.items, known)
      if (name !== undefined) return dotted ? { is: 'method', of, name } : UNDEFINED(name)
      return indexed(run, of, key)
    case 'scalar':
    case 'changed':
    case 'joined':
    case 'clock':
      return itemOutside(run, of, key) ?? partOfText(run, of, known, name, dotted)
    case 'parts':
      return typeof known === 'number' ? partAt(of, known) : unknown('a part of a text at an open place', { is: 'text' })
    case 'undefined':
      fail(run, TRUE)
      return NONE
    case 'mapping':
    case 'method':
    case 'macro':
    case 'unknown':
    case 'choice':
      return UNDEFINED(name ?? 'a part')
  }
}

/** The item of a list or mapping from outside that a key from outside names. */
function itemOutside(run: Run, of: Jinja, key: Jinja): Jinja | undefined {
  if (constantOf(key) !== undefined || !mayBeTree(of)) return undefined
  const spelled = spelledOutside(run, key)
  return spelled === undefined ? undefined : partOf(run, of, `[${spelled}]`)
}

function spanPart(run: Run, of: Extract<Jinja, { readonly is: 'span' }>, name: 'seconds' | 'days'): Jinja {
  const whole = filter(run, 'int', numberValue(of.seconds), givenOf())
  return name === 'seconds' ? arithmetic(run, '%', whole, constant(86400)) : arithmetic(run, '//', numberValue(of.seconds), constant(86400))
}

/** An item at an open index. */
function indexed(run: Run, of: Extract<Jinja, { readonly is: 'list' }>, key: Jinja): Jinja {
  if (of.items.some(({ when }) => when.is !== 'value') || of.items.length > 64) return unknown('an item at an open index')
  const cases = of.items.flatMap(({ value: item }, index) => [
    { when: equal(run, key, constant(index)), value: item },
    { when: equal(run, key, constant(index - of.items.length)), value: item },
  ])
  return { is: 'choice', cases: cases.filter(({ when }) => when.is !== 'value'), otherwise: UNDEFINED('an item that is not there') }
}

function partOfText(run: Run, of: Jinja, known: unknown, name: string | undefined, dotted: boolean): Jinja {
  const text = textOf(of)
  if (typeof known === 'number') {
    if (text !== undefined) {
      const letter = Array.from(text).at(known)
      return letter === undefined ? UNDEFINED('a letter that is not there') : constant(letter)
    }
    if (of.is === 'joined') {
      const edge = textOf((known < 0 ? of.parts.at(-1) : of.parts[0])!)
      const letter = edge === undefined ? undefined : Array.from(edge).at(known)
      if (letter !== undefined) return constant(letter)
    }
    const open = of.is !== 'scalar' || of.text || only(of, 'text') ? textExpr(run, of) : undefined
    if (open !== undefined) {
      const letter = apply('slice', open, value(known), value(known === -1 ? null : known + 1))
      return { is: 'choice', cases: [{ when: same(letter, value('')), value: UNDEFINED('a letter') }], otherwise: textScalar(letter) }
    }
    if (of.is === 'scalar' && of.types.size === 1 && of.types.has('null')) return UNDEFINED('a part of None')
    return (of.is === 'scalar' ? entryOf(run, of, String(known)) : undefined) ?? unknown('an item or letter of an open value')
  }
  if (name === undefined) return unknown('an item of an open value')
  if (of.is === 'scalar' && !of.text && of.types.size > 1)
    return dotted && METHODS.has(name)
      ? { is: 'method', of, name }
      : (entryOf(run, of, name) ?? unknown('a part of an attribute that may be a mapping'))
  const textual = of.is !== 'scalar' || of.text || of.types.has('text')
  return dotted && textual ? { is: 'method', of, name } : UNDEFINED(name)
}

/** An entry of an attribute that holds a mapping, as an attribute of its own; None where it holds none. */
export function entryOf(run: Run, of: Extract<Jinja, { readonly is: 'scalar' }>, name: string): Jinja | undefined {
  const [, entity, attribute] = of.of.is === 'read' ? (/^([a-z_]+\.\w+)\.(.+)$/.exec(of.of.attribute) ?? []) : []
  const found = entity === undefined || attribute === undefined ? undefined : run.context.entity(entity, `${attribute}.${name}`)
  const held = found === undefined ? partOf(run, of, name) : reading(run, found, false)
  if (held === undefined) return undefined
  return { is: 'choice', cases: [{ when: isA(held, 'null'), value: UNDEFINED(name) }], otherwise: held }
}

export const TEXT_METHODS: ReadonlySet<string> = new Set(
  'split rsplit startswith endswith lower upper strip lstrip rstrip replace title capitalize casefold swapcase isdigit isnumeric isalpha removeprefix removesuffix zfill'.split(
    ' ',
  ),
)
export const METHODS: ReadonlySet<string> = new Set([...TEXT_METHODS, 'get', 'items', 'keys', 'values'])
