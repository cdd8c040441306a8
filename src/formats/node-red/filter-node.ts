/** `rbe`: passes a message only if its value differs from one before, or lies outside (inside) a band around it. */
import type { AutomationExpression } from '../../model/automation.ts'
import { helper } from './context.ts'
import { branch, type Case, type Draft, type Item, open, output, readMessage, sequence } from './draft.ts'
import { and, apply, choose, compare, NOTHING, number, or, read, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'

export function readReportByException(draft: Draft): void {
  const { raw } = draft.node.node
  const mode = textOf(raw['func']) || 'rbe'
  const topic = textOf(raw['topi']) || 'topic'
  const separate = raw['septopics'] !== false
  const gap = Number(raw['gap'])
  const band = !mode.startsWith('rbe')
  const why =
    separate && (topic !== 'topic' || draft.context.topicChanges)
      ? 'remembers a value per topic'
      : band && (textOf(raw['gap']).trim().endsWith('%') || !Number.isFinite(gap))
        ? 'a band in percent'
        : undefined
  if (why !== undefined) {
    branch(draft, false, [{ when: open(draft, { is: 'bool' }, why), next: () => output(draft, 0) }], () => [])
    return
  }
  if (separate) draft.context.assumptions.add(`messages to the filter \`${draft.node.id}\` all have one topic`)
  const last = helper(draft.context, `node:${draft.context.application}/${draft.node.id}/last`, [null], false, draft.node.node.at)
  const now = readMessage(draft, textOf(raw['property']) || 'payload')
  if (band) inBand(draft, mode, last, number(now), gap)
  else onChange(draft, mode, last, now)
}

const keep = (attribute: string, kept: AutomationExpression): Item => ({ do: 'set', attribute, value: kept })

function onChange(draft: Draft, mode: string, last: string, now: AutomationExpression): void {
  const first: Case = { when: same(read(last), NOTHING), next: () => sequence(draft, [keep(last, now)], []) }
  branch(draft, false, [{ when: or(same(now, NOTHING), same(now, read(last))), next: () => [] }, ...(mode === 'rbei' ? [first] : [])], () =>
    sequence(draft, [keep(last, now)], output(draft, 0)),
  )
}

/** Dead bands pass what lies outside the band, narrow bands what lies inside; `...Eq` counts the border to the dead band. */
function inBand(draft: Draft, mode: string, last: string, now: AutomationExpression, gap: number): void {
  const { raw } = draft.node.node
  const narrow = mode.startsWith('narrow')
  const written = textOf(raw['start'])
  const start = narrow
    ? written === '' || !Number.isFinite(Number(written))
      ? now
      : value(Number(written))
    : apply('-', now, value(gap + 1))
  const before = choose(same(read(last), NOTHING), start, read(last))
  const difference = apply('-', now, before)
  const distance = choose(compare('<', difference, value(0)), apply('-', value(0), difference), difference)
  const border = same(distance, value(gap))
  const onBorder = mode === 'deadbandEq' || mode === 'narrowband'
  const beyond = compare(narrow ? '<' : '>', distance, value(gap))
  const passes = onBorder ? or(beyond, border) : beyond
  // `out` compares with the value that passed last, `in` with the one that came last.
  const always = raw['inout'] === 'in'
  const remembered = (): readonly Item[] => [keep(last, now)]
  const otherwise = (): readonly string[] => (always ? sequence(draft, remembered(), []) : sequence(draft, [keep(last, before)], []))
  branch(draft, false, [{ when: same(now, NOTHING), next: () => [] }, { when: and(passes), next: () => sequence(draft, remembered(), output(draft, 0)) }], otherwise) // prettier-ignore
}
