/** Nodes that shape messages: range, template, those whose result is not known, and calls of links. */
import {
  ANY,
  anyMessage,
  assign,
  type Assigned,
  branch,
  delay,
  type Draft,
  everyOutput,
  type Item,
  open,
  output,
  pass,
  readMessage,
  sequence,
  stepsOrPass,
  unmodelled,
} from './draft.ts'
import { put } from './change-node.ts'
import { and, apply, compare, is, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { rounded } from './function-operators.ts'
import { numberOf } from './javascript-values.ts'
import { typedValue } from './typed-value.ts'
import { local } from './expressions.ts'

/** Scales a number from one range to another; what has no such property passes unchanged. */
export function readRange(draft: Draft): void {
  const { raw } = draft.node.node
  const property = textOf(raw['property']) || 'payload'
  const given = readMessage(draft, property)
  const before = numberOf(given)
  const [minimum, maximum, least, most] = ['minin', 'maxin', 'minout', 'maxout'].map((name) => Number(raw[name]))
  const action = textOf(raw['action']) || 'scale'
  if ([minimum, maximum, least, most].some((limit) => limit === undefined || !Number.isFinite(limit))) {
    stepsOrPass(draft, put(draft, 'msg', property, { is: 'open', type: ANY, why: 'a range that is not constant' }), output(draft, 0))
    return
  }
  const swapped = minimum! > maximum!
  const [from, to] = swapped ? [maximum!, minimum!] : [minimum!, maximum!]
  const [low, high] = swapped ? [most!, least!] : [least!, most!]
  const round = raw['round'] === true
  const [toLow, toHigh] = round ? [Math.ceil(low), Math.floor(high)] : [low, high]
  const within =
    action === 'clamp'
      ? apply('max', value(from), apply('min', value(to), before))
      : action === 'roll'
        ? apply('+', apply('mod', apply('+', apply('mod', apply('-', before, value(from)), value(to - from)), value(to - from)), value(to - from)), value(from)) // prettier-ignore
        : before
  const scaled = apply('+', apply('*', apply('/', apply('-', within, value(from)), value(to - from)), value(toHigh - toLow)), value(toLow))
  const inside = action === 'drop' ? [compare('>=', before, value(from)), compare('<=', before, value(to))] : []
  branch(
    draft,
    false,
    [
      { when: same(given, value(null)), next: () => output(draft, 0) },
      {
        when: and(is(before, 'number'), ...inside),
        next: () =>
          sequence(draft, put(draft, 'msg', property, { is: 'value', value: round ? rounded(scaled) : scaled }), output(draft, 0)),
      },
    ],
    () => [],
  )
}

export function readTemplate(draft: Draft): void {
  const { raw } = draft.node.node
  const text = textOf(raw['template'])
  const constant = textOf(raw['syntax']) === 'plain' || !text.includes('{{')
  const parsed = textOf(raw['output']) === 'json' || textOf(raw['output']) === 'yaml'
  const assigned: Assigned = constant
    ? parsed
      ? typedValue(draft, textOf(raw['output']) === 'json' ? 'json' : 'yaml', text)
      : { is: 'value', value: value(text) }
    : { is: 'open', type: parsed ? ANY : { is: 'text' }, why: 'a text that is filled in from the message' }
  stepsOrPass(draft, put(draft, textOf(raw['fieldType']) || 'msg', textOf(raw['field']) || 'payload', assigned), output(draft, 0))
}

/** One message comes out for one that goes in, at once or never, with a result that is not known. */
export function readUnknownResult(draft: Draft, property: string, why: string, drops: boolean): void {
  const next = (): readonly string[] => stepsOrPassAfter(draft, assign(draft, property, { is: 'open', type: ANY, why }))
  if (drops) branch(draft, false, [{ when: open(draft, { is: 'bool' }, why), next }], () => [])
  else if (assign(draft, property, { is: 'open', type: ANY, why }).length === 0) pass(draft, everyOutput(draft))
  else next()
}

const stepsOrPassAfter = (draft: Draft, items: readonly Item[]): readonly string[] => sequence(draft, items, everyOutput(draft))

/** The answer comes later, or not at all, with any content: requests, queries, commands to other programs. */
export function readRequest(draft: Draft, why: string): void {
  draft.outward = true
  if (everyOutput(draft).length === 0) {
    pass(draft, [])
    return
  }
  delay(draft, value(0), () => sequence(draft, anyMessage(draft, why), everyOutput(draft)))
}

/** The way back to whoever called a link: the token remembers it. */
export const CALLER = '#caller'

export function readLinkCall(draft: Draft, target: readonly string[], known: boolean): void {
  if (!known) {
    unmodelled(draft, 'calls a link that the message chooses, or none')
    return
  }
  sequence(
    draft,
    [
      { do: 'let', local: `${CALLER} of ${draft.node.id}`, value: local(CALLER) },
      { do: 'let', local: CALLER, value: value(draft.node.id) },
    ],
    target,
  )
}

/** Where a returned message comes out again. */
export function readReturn(draft: Draft, callers: readonly { readonly id: string; readonly next: readonly string[] }[]): void {
  branch(
    draft,
    false,
    callers.map(({ id, next }) => ({
      when: same(local(CALLER), value(id)),
      next: () => sequence(draft, [{ do: 'let', local: CALLER, value: local(`${CALLER} of ${id}`) }], next),
    })),
    () => [],
  )
}
