/** `delay`: holds messages back for a time, or lets only so many through in a time; which messages come out, and in which order, is exact. */
import type { AutomationExpression } from '../../model/automation.ts'
import { helper } from './context.ts'
import { branch, delay, type Draft, newId, open, output, readMessage, sequence } from './draft.ts'
import { durationOf } from './durations.ts'
import { apply, choose, compare, local, not, number, or, read, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'

export function readDelay(draft: Draft): void {
  const { raw } = draft.node.node
  const next = (): readonly string[] => output(draft, 0)
  const mode = textOf(raw['pauseType']) || 'delay'
  if (draft.context.cleared.has(draft.node.id)) draft.notes.add('a message can clear or flush what waits')
  switch (mode) {
    case 'delayv':
      delay(draft, chosenTime(draft, durationOf(raw['timeout'], raw['timeoutUnits'])), next)
      return
    case 'random': {
      const [first, last] = [raw['randomFirst'], raw['randomLast']].map((amount) => durationOf(amount, raw['randomUnits']))
      draft.context.assumptions.add(
        `\`${draft.node.id}\` holds messages back for ${first} ms, the shortest of its random times up to ${last} ms`,
      )
      delay(draft, value(first!), next)
      return
    }
    case 'rate':
      limit(draft, raw['drop'] === true)
      return
    case 'queue':
    case 'timed':
      latest(draft, mode)
      return
    default:
      delay(draft, value(durationOf(raw['timeout'], raw['timeoutUnits'])), next)
  }
}

/** The time that the message names, else the node's own. */
export function chosenTime(draft: Draft, otherwise: number, unit = 1): AutomationExpression {
  const given = number(readMessage(draft, 'delay'))
  const named = unit === 1 ? given : apply('*', given, value(unit))
  return choose(same(named, value(null)), value(otherwise), choose(compare('<', named, value(0)), value(0), named))
}

const interval = ({ node: { node } }: Draft): number => {
  const many = Number(node.raw['rate'])
  return durationOf(node.raw['nbRateUnits'] ?? '1', node.raw['rateUnits']) / (many > 0 ? many : 1)
}

const own = (draft: Draft, what: string): string =>
  helper(draft.context, `node:${draft.context.application}/${draft.node.id}/${what}`, [null], false, draft.node.node.at)

/** After one message none goes through until the interval is over; those that come meanwhile queue, or are dropped. */
function limit(draft: Draft, drop: boolean): void {
  const { raw } = draft.node.node
  const busy = own(draft, 'busy')
  if (!drop) draft.context.assumptions.add(`messages to \`${draft.node.id}\` hold something: Node-RED drops those that hold nothing`)
  const isBusy = same(read(busy), value(true))
  const every = raw['allowrate'] === true ? chosenRate(draft, interval(draft)) : value(interval(draft))
  const over = (): readonly string[] =>
    delay(draft, every, () => sequence(draft, [{ do: 'set', attribute: busy, value: value(false) }], []))
  const first = newId(draft)
  const { at } = draft.node.node
  const place = draft.steps.length
  const go = (): readonly string[] =>
    sequence(draft, [{ do: 'set', attribute: busy, value: value(true) }], [...output(draft, 0), ...over()])
  if (drop) {
    draft.steps.splice(place, 0, {
      ...{ id: first, at, do: 'branch', every: false },
      cases: [{ when: isBusy, next: Number(raw['outputs']) === 2 ? output(draft, 1) : [] }],
      next: go(),
    })
    return
  }
  // Who has waited looks again: of those that wake together the first goes, the others wait on in their order.
  const [again, wait] = [newId(draft), newId(draft)]
  const through = go()
  draft.steps.splice(
    place,
    0,
    { id: first, at, do: 'branch', every: false, cases: [{ when: isBusy, next: [wait] }], next: through },
    { id: wait, at, do: 'wait', until: not(isBusy), next: [again] },
    { id: again, at, do: 'branch', every: false, cases: [{ when: isBusy, next: [wait] }], next: through },
  )
}

function chosenRate(draft: Draft, otherwise: number): AutomationExpression {
  const named = number(readMessage(draft, 'rate'))
  return choose(or(same(named, value(null)), compare('<', named, value(0))), value(otherwise), named)
}

/** Lets out the latest message, at the end of the interval in which it came; the one before it is dropped. */
function latest(draft: Draft, mode: string): void {
  if (draft.context.topicChanges) {
    branch(draft, false, [{ when: open(draft, { is: 'bool' }, 'keeps the latest message of each topic'), next: () => delay(draft, value(interval(draft)), () => output(draft, 0)) }], () => []) // prettier-ignore
    return
  }
  const turn = own(draft, 'latest')
  const mine = `#latest of ${draft.node.id}`
  draft.context.assumptions.add(
    `messages to \`${draft.node.id}\` all have one topic${mode === 'queue' ? '' : ' or leave together'}, and leave a whole interval after they came`,
  )
  sequence(
    draft,
    [
      { do: 'let', local: mine, value: choose(same(read(turn), value(null)), value(1), apply('+', read(turn), value(1))) },
      { do: 'set', attribute: turn, value: local(mine) },
    ],
    delay(draft, value(interval(draft)), () =>
      branch(draft, false, [{ when: same(read(turn), local(mine)), next: () => output(draft, 0) }], () => []),
    ),
  )
}
