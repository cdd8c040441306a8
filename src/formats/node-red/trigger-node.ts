/** `trigger`: sends one thing, waits, sends another; while it waits messages do nothing, prolong the wait, or replace what is sent. A negative time repeats. */
import type { AutomationExpression } from '../../model/automation.ts'
import { put } from './change-node.ts'
import { helper } from './context.ts'
import { chosenTime } from './delay-node.ts'
import { branch, delay, type Draft, type Item, newId, output, readMessage, sequence, unmodelled } from './draft.ts'
import { durationOf } from './durations.ts'
import { and, apply, choose, decimalOf, local, not, or, read, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { typedValue } from './typed-value.ts'

export function readTrigger(draft: Draft): void {
  const { raw } = draft.node.node
  const amount = raw['duration'] === undefined || textOf(raw['duration']) === '' ? NaN : Number(raw['duration'])
  const loops = amount < 0
  const fixed = Number.isNaN(amount) ? durationOf(250, raw['units'] ?? 'ms') : durationOf(Math.abs(amount), textOf(raw['units']) || 'ms')
  if (textOf(raw['bytopic']) === 'topic') {
    unmodelled(draft, 'a trigger with a time of its own for each topic')
    return
  }
  const own = (what: string): string =>
    helper(draft.context, `node:${draft.context.application}/${draft.node.id}/${what}`, [null], false, draft.node.node.at)
  const first = operation(draft, 'op1', '1')
  const second = operation(draft, 'op2', '0')
  const extend = !loops && (raw['extend'] === true || raw['extend'] === 'true')
  const replaces = second.type === 'payl' && !extend
  const told = reset(draft)
  const waiting = own('waiting')
  const isWaiting = same(read(waiting), value(true))
  // A wait that can be cut off is known by its number: who wakes with an older one does nothing.
  const numbered = extend || loops || replaces || !(told.is === 'value' && told.value !== true)
  const turn = numbered ? own('turn') : ''
  const mine = `#turn of ${draft.node.id}`
  const anew: readonly Item[] = numbered
    ? [
        { do: 'let', local: mine, value: choose(same(read(turn), value(null)), value(1), apply('+', read(turn), value(1))) },
        { do: 'set', attribute: turn, value: local(mine) },
      ]
    : []
  const current = numbered ? and(isWaiting, same(read(turn), local(mine))) : isWaiting
  const set = (to: boolean): Item => ({ do: 'set', attribute: waiting, value: value(to) })
  const milliseconds = raw['overrideDelay'] === true ? chosenTime(draft, fixed) : value(fixed)
  const secondPort = Number(raw['outputs']) === 2 ? output(draft, 1) : output(draft, 0)
  // A prolonged wait ends with what the first message made of the operand.
  const kept = extend && (second.type === 'pay' || second.type === 'msg') ? own('second') : undefined
  const keptValue = second.type === 'msg' ? readMessage(draft, textOf(raw['op2'])) : readMessage(draft, 'payload')
  const keep: readonly Item[] = kept === undefined ? [] : [{ do: 'set', attribute: kept, value: keptValue }]
  const lastItems = (): readonly Item[] =>
    kept === undefined ? second.items() : put(draft, 'msg', 'payload', { is: 'value', value: read(kept) })
  const end = (): readonly string[] => sequence(draft, [set(false)], second.type === 'nul' ? [] : sequence(draft, lastItems(), secondPort))
  const sendFirst = (): readonly string[] => (first.type === 'nul' ? [] : sequence(draft, first.items(), output(draft, 0)))
  const wait = (): readonly string[] => {
    if (loops) return first.type === 'nul' ? [] : repeat(draft, milliseconds, current, sendFirst)
    if (milliseconds.is === 'value' && milliseconds.value === 0) return []
    return delay(draft, milliseconds, () => {
      if (!replaces) return branch(draft, false, [{ when: current, next: end }], () => [])
      // The message that came last leaves in its stead: those that came meanwhile wait for the end of the time.
      return branch(draft, false, [{ when: current, next: end }], () =>
        branch(draft, false, [{ when: isWaiting, next: () => sequence(draft, [set(false)], []) }], () => []),
      )
    })
  }
  const start = (): readonly string[] => {
    const later = wait()
    return sequence(draft, [...anew, ...keep, set(true)], [...later, ...sendFirst()])
  }
  const again = (): readonly string[] => {
    if (extend) return sequence(draft, anew, wait())
    if (loops) return start()
    if (!replaces) return []
    const id = newId(draft)
    const place = draft.steps.length
    const last = branch(draft, false, [{ when: same(read(turn), local(mine)), next: () => sequence(draft, second.items(), secondPort) }], () => []) // prettier-ignore
    draft.steps.splice(place, 0, { id, at: draft.node.node.at, do: 'wait', until: not(isWaiting), next: last })
    return sequence(draft, anew, [id])
  }
  branch(
    draft,
    false,
    [
      { when: told, next: () => sequence(draft, [set(false), ...(numbered ? anew : [])], []) },
      { when: isWaiting, next: again },
    ],
    start,
  )
}

/** What is sent; an operand that was left empty is "1" or "0". */
function operation(draft: Draft, name: 'op1' | 'op2', empty: string): { readonly type: string; readonly items: () => readonly Item[] } {
  const { raw } = draft.node.node
  const type = textOf(raw[`${name}type`]) || 'str'
  const written = raw[name] === undefined || raw[name] === '' || raw[name] === 0 ? (type === 'date' ? '' : empty) : raw[name]
  const plain = type === 'val' ? (written === 'true' || written === 'false' ? 'bool' : written === 'null' ? 'none' : 'str') : type
  const filled = plain === 'str' && textOf(written).includes('{{')
  return {
    type,
    items: () =>
      type === 'pay' || type === 'payl' || type === 'nul'
        ? []
        : put(
            draft,
            'msg',
            'payload',
            filled
              ? { is: 'open', type: { is: 'text' }, why: 'a text that is filled in from the message' }
              : typedValue(draft, plain, written),
          ),
  }
}

/** Whether the message ends the wait: it has `reset`, or its payload is spelled as the word. */
function reset(draft: Draft): AutomationExpression {
  const word = textOf(draft.node.node.raw['reset'])
  const payload = readMessage(draft, 'payload')
  const spelled = decimalOf(word)
  return or(
    ...(draft.context.cleared.has(draft.node.id) ? [not(same(readMessage(draft, 'reset'), value(null)))] : []),
    ...(word === '' ? [] : [same(payload, value(word))]),
    ...(word !== '' && spelled !== null && String(spelled) === word ? [same(payload, value(spelled))] : []),
    ...(word === 'true' || word === 'false' ? [same(payload, value(word === 'true'))] : []),
  )
}

/** Sends again and again until another message or a reset changes the turn. */
function repeat(
  draft: Draft,
  milliseconds: AutomationExpression,
  current: AutomationExpression,
  send: () => readonly string[],
): readonly string[] {
  const id = newId(draft)
  const place = draft.steps.length
  const next = branch(draft, false, [{ when: current, next: () => [...send(), id] }], () => [])
  draft.steps.splice(place, 0, { id, at: draft.node.node.at, do: 'delay', milliseconds, next })
  return [id]
}
