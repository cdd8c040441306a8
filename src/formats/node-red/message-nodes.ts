/** Nodes that shape or delay messages: delay, trigger, range, rbe, template, and those whose result is not known. */
import { helper } from './context.ts'
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
import { and, apply, compare, is, not, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { rounded } from './function-operators.ts'
import { numberOf } from './javascript-values.ts'
import { typedValue } from './typed-value.ts'
import { local, read } from './expressions.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  milliseconds: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
}

const durationOf = (amount: unknown, unit: unknown): number => {
  const milliseconds = Number(amount) * (UNITS[textOf(unit).toLowerCase()] ?? 1000)
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : 0
}

export function readDelay(draft: Draft): void {
  const { raw } = draft.node.node
  const next = (): readonly string[] => output(draft, 0)
  if (draft.context.clears) draft.notes.add('a message can clear or flush what waits')
  switch (textOf(raw['pauseType']) || 'delay') {
    case 'delay':
      delay(draft, value(durationOf(raw['timeout'], raw['timeoutUnits'])), next)
      return
    case 'delayv':
      delay(draft, value(durationOf(raw['timeout'], raw['timeoutUnits'])), next)
      return
    case 'random':
      delay(draft, value(durationOf(raw['randomFirst'], raw['randomUnits'])), next)
      return
    default: {
      const why = 'passes only so many messages in a time'
      const later = (): readonly string[] => delay(draft, value(durationOf(raw['nbRateUnits'] ?? '1', raw['rateUnits'])), next)
      const choice = (): ReturnType<typeof open> => open(draft, { is: 'bool' }, why)
      branch(
        draft,
        false,
        [{ when: choice(), next }, ...(raw['drop'] === true ? [{ when: choice(), next: (): readonly string[] => [] }] : [])],
        later,
      )
    }
  }
}

/** Sends one thing, waits, sends another; while it waits other messages do nothing, or only prolong. */
export function readTrigger(draft: Draft): void {
  const { raw } = draft.node.node
  const second = textOf(raw['op2type']) || 'str'
  const duration = textOf(raw['units']) === '' && raw['duration'] === undefined ? 250 : durationOf(raw['duration'], raw['units'])
  const extended = raw['overrideDelay'] === true || second === 'payl' || textOf(raw['bytopic']) === 'topic' || Number(raw['duration']) < 0
  if (extended) {
    unmodelled(draft, 'a trigger with a changing, repeated or separate time')
    return
  }
  const waiting = helper(draft.context, `node:${draft.context.application}/${draft.node.id}/waiting`, [null], false, draft.node.node.at)
  const stop = and(not(same(readMessage(draft, 'reset'), value(null))))
  const word = textOf(raw['reset'])
  const told = word === '' ? stop : apply('or', stop, same(readMessage(draft, 'payload'), value(word)))
  const sends = (type: string, written: unknown): readonly Item[] =>
    type === 'pay' || type === 'nul' ? [] : put(draft, 'msg', 'payload', typedValue(draft, type, written))
  const firstType = textOf(raw['op1type']) || 'str'
  const secondPort = Number(raw['outputs']) === 2 ? 1 : 0
  const set = (to: boolean): Item => ({ do: 'set', attribute: waiting, value: value(to) })
  const end = (): readonly string[] => (second === 'nul' ? [] : sequence(draft, sends(second, raw['op2']), output(draft, secondPort)))
  const wait = (): readonly string[] =>
    duration === 0
      ? []
      : delay(draft, value(duration), () =>
          branch(draft, false, [{ when: same(read(waiting), value(true)), next: () => sequence(draft, [set(false)], end()) }], () => []),
        )
  const start = (): readonly string[] => {
    const paths = [
      wait,
      ...(firstType === 'nul' ? [] : [(): readonly string[] => sequence(draft, sends(firstType, raw['op1']), output(draft, 0))]),
    ]
    const next = paths.map((path) => path()).reverse()
    return sequence(draft, [set(true)], next.flat())
  }
  branch(
    draft,
    false,
    [
      { when: told, next: () => sequence(draft, [set(false)], []) },
      { when: same(read(waiting), value(true)), next: () => [] },
    ],
    start,
  )
}

export function readRange(draft: Draft): void {
  const { raw } = draft.node.node
  const property = textOf(raw['property']) || 'payload'
  const before = numberOf(readMessage(draft, property))
  const [low, high, toLow, toHigh] = ['minin', 'maxin', 'minout', 'maxout'].map((name) => Number(raw[name]))
  const action = textOf(raw['action']) || 'scale'
  if ([low, high, toLow, toHigh].some((number) => number === undefined || !Number.isFinite(number)) || action === 'roll') {
    stepsOrPass(
      draft,
      put(draft, 'msg', property, { is: 'open', type: ANY, why: 'a range that is rolled over or not constant' }),
      output(draft, 0),
    )
    return
  }
  const [from, to] = [Math.min(low!, high!), Math.max(low!, high!)]
  const within = action === 'clamp' ? apply('max', value(from), apply('min', value(to), before)) : before
  const scaled = apply(
    '+',
    apply('*', apply('/', apply('-', within, value(low!)), value(high! - low!)), value(toHigh! - toLow!)),
    value(toLow!),
  )
  const result = raw['round'] === true ? rounded(scaled) : scaled
  const inside = action === 'drop' ? [compare('>=', before, value(from)), compare('<=', before, value(to))] : []
  branch(
    draft,
    false,
    [
      {
        when: and(is(before, 'number'), ...inside),
        next: () => sequence(draft, put(draft, 'msg', property, { is: 'value', value: result }), output(draft, 0)),
      },
    ],
    () => [],
  )
}

/** Passes a message only if its value is another than that of the message before. */
export function readReportByException(draft: Draft): void {
  const { raw } = draft.node.node
  const mode = textOf(raw['func']) || 'rbe'
  const topic = textOf(raw['topi']) || 'topic'
  if ((mode !== 'rbe' && mode !== 'rbei') || (raw['septopics'] !== false && (topic !== 'topic' || draft.context.topicChanges))) {
    branch(
      draft,
      false,
      [
        {
          when: open(draft, { is: 'bool' }, mode.startsWith('rbe') ? 'remembers a value per topic' : 'a dead or narrow band'),
          next: () => output(draft, 0),
        },
      ],
      () => [],
    )
    return
  }
  const last = helper(draft.context, `node:${draft.context.application}/${draft.node.id}/last`, [null], false, draft.node.node.at)
  const now = readMessage(draft, textOf(raw['property']) || 'payload')
  if (raw['septopics'] !== false) draft.context.assumptions.add(`messages to the filter \`${draft.node.id}\` all have one topic`)
  const changed = (): readonly string[] => sequence(draft, [{ do: 'set', attribute: last, value: now }], output(draft, 0))
  const first = (): readonly string[] => sequence(draft, [{ do: 'set', attribute: last, value: now }], [])
  branch(
    draft,
    false,
    [{ when: same(now, read(last)), next: () => [] }, ...(mode === 'rbei' ? [{ when: same(read(last), value(null)), next: first }] : [])],
    changed,
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
  if (everyOutput(draft).length === 0) {
    pass(draft, [])
    return
  }
  delay(draft, value(0), () => sequence(draft, anyMessage(draft, why), everyOutput(draft)))
}

/** The way back to whoever called a link: the token remembers it. */
export const CALLER = '#caller'

export function readLinkCall(draft: Draft, target: readonly string[]): void {
  if (target.length === 0) {
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
