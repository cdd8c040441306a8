/** Lists and mappings: what is iterated, counted, picked and joined. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, choose, compare, FALSE, not, or, TRUE, value } from '../../node-red/expressions.ts'
import { joined } from './arithmetic.ts'
import { asNumber, changedWays, equal, ordered } from './compare.ts'
import { asText, joinedTexts } from './conversions.ts'
import { least, times } from './numbers.ts'
import { textExpr, textScalar } from './printing.ts'
import { partOf } from './outside.ts'
import { fail, type Run, step, under } from './run.ts'
import { ofDomain } from './states.ts'
import { partCount } from './texts.ts'
import {
  chosen,
  constant,
  constantOf,
  gathered,
  has,
  isA,
  type Item,
  type Jinja,
  NONE,
  numberValue,
  only,
  type Scalar,
  textOf,
  UNDEFINED,
  unknown,
} from './values.ts'
import { lifted } from './ways.ts'

/** What a loop runs over: a list, or why it is not known. */
export function iterated(run: Run, of: Jinja): Jinja {
  return lifted(run, [changedWays(of)], (one) => {
    switch (one.is) {
      case 'list':
      case 'unknown':
        return one
      case 'domain':
        return ofDomain(run, one.name)
      case 'mapping':
        return one.open === undefined
          ? { is: 'list', items: [...one.entries.keys()].map((key) => ({ when: TRUE, value: constant(key) })) }
          : unknown(one.open)
      case 'undefined':
        return { is: 'list', items: [] }
      case 'scalar': {
        const text = textOf(one)
        if (text !== undefined) return { is: 'list', items: Array.from(text).map((letter) => ({ when: TRUE, value: constant(letter) })) }
        if (only(one, 'number', 'bool', 'null') && !one.text) {
          fail(run, TRUE)
          return { is: 'list', items: [] }
        }
        return unknown(one.text || only(one, 'text') ? 'goes through the letters of a text' : 'goes through a value that may be a list')
      }
      case 'changed':
      case 'joined':
      case 'clock':
        return unknown('goes through the letters of a text')
      case 'state':
      case 'attributes':
      case 'space':
      case 'parts':
      case 'moment':
      case 'span':
      case 'function':
      case 'method':
      case 'macro':
      case 'choice':
        return unknown(`goes through a value of the sort ${one.is}`)
    }
  })
}

/** `make` of a list. */
export function ofList(run: Run, of: Jinja, make: (items: readonly Item[]) => Jinja): Jinja {
  return lifted(run, [iterated(run, of)], (one) => (one.is === 'list' ? make(one.items) : one))
}

export function counted(run: Run, of: Jinja): Jinja {
  const integer = { is: 'number', integer: true, low: 0 } as const
  return lifted(run, [changedWays(of)], (one) => {
    const text = textOf(one)
    if (text !== undefined) return constant(Array.from(text).length)
    switch (one.is) {
      case 'unknown':
        return unknown(one.why, integer)
      case 'clock':
        return constant(one.format === 'minutes' ? 5 : 8)
      case 'changed':
      case 'joined': {
        const open = textExpr(run, one)
        return open === undefined ? unknown('the length of a text', integer) : numberValue(apply('length', open))
      }
      case 'parts': {
        const count = partCount(one)
        return count === undefined ? unknown('how many parts a text has', integer) : numberValue(count)
      }
      case 'scalar':
        if (constantOf(one) !== undefined || only(one, 'number', 'bool', 'null')) {
          if (!one.text) {
            fail(run, TRUE)
            return constant(0)
          }
          return numberValue(apply('length', textExpr(run, one)!))
        }
        if (one.values !== undefined && only(one, 'text'))
          return gathered(
            one.values.map((known) => ({ when: apply('==', one.of, value(known)), value: constant(Array.from(String(known)).length) })),
          )
        if (only(one, 'text') || one.text) return numberValue(apply('length', textExpr(run, one)!))
        return lengthOf(run, one)
      case 'list':
      case 'mapping':
      case 'domain':
      case 'undefined': {
        const items = iterated(run, one)
        return items.is === 'list' ? numberValue(howMany(items.items)) : items.is === 'unknown' ? unknown(items.why, integer) : items
      }
      case 'state':
      case 'attributes':
      case 'space':
      case 'moment':
      case 'span':
      case 'function':
      case 'method':
      case 'macro':
      case 'choice':
        fail(run, TRUE)
        return constant(0)
    }
  })
}

/** How long a value of open sort is: of one from outside, which may be a list, any length; of another, the text's. */
function lengthOf(run: Run, of: Scalar): Jinja {
  const part = partOf(run, of, 'length', { is: 'number', integer: true, low: 0 })
  fail(run, part === undefined ? not(isA(of, 'text')) : isA(of, 'null'))
  return numberValue(part?.of ?? apply('length', of.of))
}

function howMany(items: readonly Item[]): AutomationExpression {
  const sure = items.filter(({ when }) => when.is === 'value').length
  const parts = items.filter(({ when }) => when.is !== 'value').map(({ when }) => choose(when, value(1), value(0)))
  if (parts.length === 0) return value(sure)
  const all = sure === 0 ? parts : [value(sure), ...parts]
  return all.length === 1 ? all[0]! : apply('+', ...all)
}

/** The item at an index from the start or the end; undefined beyond. */
export function picked(items: readonly Item[], index: number): Jinja {
  const order = index < 0 ? [...items].reverse() : items
  const wanted = index < 0 ? -1 - index : index
  if (order.every(({ when }) => when.is === 'value')) return order[wanted]?.value ?? UNDEFINED('an item that is not there')
  if (order.length > 40) return unknown('an item of a long list whose length is open')
  // An item is the wanted one where just as many of those before it are there.
  const ways = order.map(({ when, value: item }, place) => {
    const before = order.slice(0, place)
    const count = wanted === 0 ? and(...before.map((one) => not(one.when))) : compareCount(before, wanted)
    return { when: and(when, count), value: item }
  })
  return gathered([...ways, { when: not(or(...ways.map((way) => way.when))), value: UNDEFINED('an item that is not there') }])
}

function compareCount(items: readonly Item[], wanted: number): AutomationExpression {
  const count = howMany(items)
  return count.is === 'value' ? (count.value === wanted ? TRUE : FALSE) : apply('==', count, value(wanted))
}

/** The items where a test holds. */
export function filtered(run: Run, items: readonly Item[], test: (item: Jinja) => AutomationExpression): Jinja {
  return {
    is: 'list',
    items: items.flatMap(({ when, value: item }) => {
      step(run)
      const kept = and(
        when,
        under(run, when, () => test(item)),
      )
      return kept.is === 'value' && kept.value !== true ? [] : [{ when: kept, value: item }]
    }),
  }
}

export function mapped(run: Run, items: readonly Item[], make: (item: Jinja) => Jinja): Jinja {
  return {
    is: 'list',
    items: items.map(({ when, value: item }) => {
      step(run)
      return { when, value: under(run, when, () => make(item)) }
    }),
  }
}

/** The items that are there, as lists of fixed length. */
export function fixedWays(run: Run, items: readonly Item[], make: (items: readonly Jinja[]) => Jinja): Jinja {
  const open = items.filter(({ when }) => when.is !== 'value')
  if (open.length > 6) return unknown('a list whose length is open')
  const go = (rest: readonly Item[], taken: readonly Jinja[]): Jinja => {
    step(run)
    const [first, ...others] = rest
    if (first === undefined) return make(taken)
    if (first.when.is === 'value') return go(others, [...taken, first.value])
    return { is: 'choice', cases: [{ when: first.when, value: go(others, [...taken, first.value]) }], otherwise: go(others, taken) }
  }
  return go(items, [])
}

export function joinedItems(run: Run, items: readonly Item[], separator: Jinja): Jinja {
  if (items.filter(({ when }) => when.is !== 'value').length > 2) {
    const between = textExpr(run, asText(run, separator))
    const shown = items.map(({ when, value: item }) => ({ when, text: textExpr(run, asText(run, item)) }))
    const all = between === undefined ? undefined : joinedTexts(shown, between)
    if (all !== undefined) return textScalar(all)
  }
  return fixedWays(run, items, (fixed) =>
    joined(fixed.flatMap((item, index) => [...(index === 0 ? [] : [asText(run, separator)]), asText(run, item)])),
  )
}

/** `sum`, `min`, `max`, of numbers that may not all be there. */
export function folded(run: Run, how: 'sum' | 'min' | 'max' | 'average', items: readonly Item[], start: Jinja | undefined): Jinja {
  const hidden = items.map(({ value: item }) => item).find((item) => item.is === 'unknown')
  if (hidden?.is === 'unknown')
    return unknown(hidden.why, how === 'min' || how === 'max' ? { is: 'any' } : { is: 'number', integer: false })
  if (items.some(({ value: item }) => item.is === 'choice')) return foldedChoices(run, how, items, start)
  if (items.every(({ value: item }) => item.is === 'moment') && how !== 'sum' && items.length > 0) return extremeMoment(run, how, items)
  const numbers: { readonly when: AutomationExpression; readonly number: AutomationExpression }[] = []
  for (const { when, value: item } of items) {
    if (item.is === 'scalar' && only(item, 'null')) {
      fail(run, when)
      continue
    }
    if (item.is !== 'scalar' || item.text || !(has(item, 'number') || has(item, 'bool')))
      return items.every(({ value: one }) => textOf(one) !== undefined) && how !== 'sum'
        ? extremeText(run, how, items)
        : unknown(`\`${how}\` of something but numbers`)
    if (!only(item, 'number', 'bool')) fail(run, and(when, not(apply('is', item.of, value('number')))))
    numbers.push({ when, number: asNumber(item) })
  }
  if (how === 'sum') {
    const first = start === undefined ? value(0) : start.is === 'scalar' ? start.of : undefined
    if (first === undefined) return unknown('`sum` from something but a number')
    const float = items.some(({ value: item }) => item.is === 'scalar' && item.float)
    return numberValue(
      numbers.reduce((sum, { when, number }) => times('+', sum, choose(when, number, value(0))), first),
      float,
    )
  }
  if (how === 'average') return averaged(run, items, numbers, start)
  if (numbers.length === 0) return UNDEFINED('the least of nothing')
  const sure = numbers.filter(({ when }) => when.is === 'value').map(({ number }) => number)
  if (sure.length === 0) {
    if (numbers.length > 12) return unknown(`\`${how}\` of a list that may be empty`)
    // Where none is there, the result is undefined.
    const any = or(...numbers.map(({ when }) => when))
    const best = numbers.reduce<AutomationExpression>(
      (found, { when, number }) => choose(when, choose(apply('is', found, value('null')), number, apply(how, found, number)), found),
      value(null),
    )
    return { is: 'choice', cases: [{ when: any, value: numberValue(best) }], otherwise: UNDEFINED('the least of nothing') }
  }
  const best = least(how, sure)
  return numberValue(
    numbers
      .filter(({ when }) => when.is !== 'value')
      .reduce((found, { when, number }) => choose(when, apply(how, found, number), found), best),
  )
}

function averaged(
  run: Run,
  items: readonly Item[],
  numbers: readonly { readonly when: AutomationExpression; readonly number: AutomationExpression }[],
  otherwise: Jinja | undefined,
): Jinja {
  const sum = numbers.reduce((total, { when, number }) => times('+', total, choose(when, number, value(0))), value(0))
  const count = howMany(items)
  const empty =
    count.is === 'value'
      ? count.value === 0
        ? TRUE
        : FALSE
      : items.some(({ when }) => when.is === 'value')
        ? FALSE
        : apply('==', count, value(0))
  if (otherwise === undefined) fail(run, empty)
  return gathered([
    { when: empty, value: otherwise ?? NONE },
    { when: not(empty), value: numberValue(times('/', sum, count), true) },
  ])
}

function foldedChoices(run: Run, how: 'sum' | 'min' | 'max' | 'average', items: readonly Item[], start: Jinja | undefined): Jinja {
  return lifted(
    run,
    items.map(({ value: item }) => item),
    (...ways) =>
      folded(
        run,
        how,
        items.map(({ when }, index) => ({ when, value: ways[index]! })),
        start,
      ),
  )
}

function extremeMoment(run: Run, how: string, items: readonly Item[]): Jinja {
  if (items.some(({ when }) => when.is !== 'value') || how === 'average') return unknown(`\`${how}\` of moments that may not be there`)
  return items.slice(1).reduce<Jinja>((best, { value: item }) => {
    const better = ordered(run, how === 'min' ? '<' : '>', item, best)
    return gathered([
      { when: better, value: item },
      { when: not(better), value: best },
    ])
  }, items[0]!.value)
}

function extremeText(run: Run, how: string, items: readonly Item[]): Jinja {
  const texts = items.map(({ value: item }) => textOf(item)!).sort()
  if (items.some(({ when }) => when.is !== 'value') || how === 'average' || texts.length === 0) return unknown(`\`${how}\` of texts`)
  step(run)
  return constant(how === 'min' ? texts[0]! : texts.at(-1)!)
}

/** Equal items once. */
export function unique(run: Run, items: readonly Item[]): Jinja {
  const kept: Item[] = []
  for (const { when, value: item } of items) {
    const known = constantOf(item)
    if (known === undefined && item.is !== 'state') {
      // Kept where no item before it is the same.
      const earlier = or(...kept.map((other) => and(other.when, equal(run, other.value, item))))
      kept.push({ when: and(when, not(earlier)), value: item })
      continue
    }
    const index = kept.findIndex((other) =>
      known !== undefined
        ? constantOf(other.value) === known
        : other.value.is === 'state' && item.is === 'state' && other.value.entity === item.entity,
    )
    if (index < 0) kept.push({ when, value: item })
    else kept[index] = { ...kept[index]!, when: or(kept[index]!.when, when) }
  }
  return { is: 'list', items: kept }
}

/** Items by constant keys; open where a key is not constant. */
export function sorted(items: readonly Item[], keyOf: (item: Jinja) => Jinja, reverse: boolean): Jinja {
  if (items.length < 2) return { is: 'list', items }
  const keys = items.map(({ value: item }) => constantOf(keyOf(item)))
  const one = typeof keys[0]
  if (keys.some((key) => key === undefined || key === null || typeof key !== one)) return unknown('sorts by values that are open')
  const fold = (key: unknown): string | number => (typeof key === 'string' ? key.toLowerCase() : Number(key))
  const order = items.map((item, index) => ({ item, key: fold(keys[index]), index }))
  order.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (reverse ? -1 : 1) || a.index - b.index)
  return { is: 'list', items: order.map(({ item }) => item) }
}

export function sliced(run: Run, of: Jinja, start: number | undefined, stop: number | undefined, every: number): Jinja {
  const text = textOf(of)
  if (every !== 1) {
    if (every !== -1 || start !== undefined || stop !== undefined) return unknown('a slice with steps')
    if (text !== undefined) return constant(Array.from(text).reverse().join(''))
    return of.is === 'list' ? { is: 'list', items: [...of.items].reverse() } : unknown('a part of a text', { is: 'text' })
  }
  if (text !== undefined) return constant(Array.from(text).slice(start, stop).join(''))
  if (of.is === 'clock' && (start ?? 0) === 0 && stop === 5)
    return of.format === 'minutes' ? of : { is: 'clock', seconds: minutesOf(of.seconds), format: 'minutes' }
  if (of.is !== 'list') {
    const open = of.is === 'scalar' && !of.text && !only(of, 'text') ? undefined : textExpr(run, of)
    if (open !== undefined) return textScalar(apply('slice', open, value(start ?? null), value(stop ?? null)))
    if (of.is === 'scalar' && has(of, 'text')) {
      const textual = isA(of, 'text')
      const text = textScalar(apply('slice', of.of, value(start ?? null), value(stop ?? null)))
      const part = partOf(run, of, `[${start ?? ''}:${stop ?? ''}]`)
      if (part !== undefined) return chosen(textual, text, part)
      fail(run, not(textual))
      return text
    }
    return of.is === 'unknown' ? of : unknown('a part of a text', { is: 'text' })
  }
  if (of.items.every(({ when }) => when.is === 'value')) return { is: 'list', items: of.items.slice(start, stop) }
  if (start !== undefined && start < 0) return unknown('a slice of a list whose length is open')
  const [from, to] = [start ?? 0, stop ?? Number.POSITIVE_INFINITY]
  if (to < 0) return unknown('a slice of a list whose length is open')
  return {
    is: 'list',
    items: of.items.map(({ when, value: item }, place) => {
      const before = howMany(of.items.slice(0, place))
      const inside = and(from > 0 ? atLeast(before, from) : TRUE, to < of.items.length ? not(atLeast(before, to)) : TRUE)
      return { when: and(when, inside), value: item }
    }),
  }
}

const atLeast = (count: AutomationExpression, least: number): AutomationExpression => compare('>=', count, value(least))

function minutesOf(seconds: AutomationExpression): AutomationExpression {
  if (seconds.is === 'value') return value(Math.floor(Number(seconds.value) / 60))
  const rest = apply('mod', seconds, value(60))
  return times('/', apply('-', seconds, rest), value(60))
}
