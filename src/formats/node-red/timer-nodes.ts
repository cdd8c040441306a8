/** Timers of others: `stoptimer` sends its latest message when its time is over and `stop` ends it; `looptimer` sends its message again and again. */
import { helper } from './context.ts'
import { chosenTime } from './delay-node.ts'
import { assign, branch, delay, type Draft, type Item, newId, open, output, readMessage, sequence } from './draft.ts'
import { durationOf } from './durations.ts'
import { apply, choose, local, or, read, same, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { typedValue } from './typed-value.ts'

const stops = (draft: Draft): ReturnType<typeof or> =>
  or(...['stop', 'STOP'].map((word) => same(readMessage(draft, 'payload'), value(word))))

interface Turn {
  /** Steps by which a message takes the place of the one before it. */
  readonly take: readonly Item[]
  readonly isMine: ReturnType<typeof same>
}

function turnOf(draft: Draft): Turn {
  const turn = helper(draft.context, `node:${draft.context.application}/${draft.node.id}/turn`, [null], false, draft.node.node.at)
  const mine = `#turn of ${draft.node.id}`
  const take: readonly Item[] = [
    { do: 'let', local: mine, value: choose(same(read(turn), value(null)), value(1), apply('+', read(turn), value(1))) },
    { do: 'set', attribute: turn, value: local(mine) },
  ]
  return { take, isMine: same(read(turn), local(mine)) }
}

export function readStopTimer(draft: Draft): void {
  const { raw } = draft.node.node
  const { take, isMine } = turnOf(draft)
  const unit = textOf(raw['units']) || 'Second'
  const second = output(draft, 1)
  const told = (payload: Parameters<typeof assign>[2]): readonly string[] =>
    second.length === 0 ? [] : sequence(draft, assign(draft, 'payload', payload), second)
  const over = (): readonly string[] => [
    ...output(draft, 0),
    ...(textOf(raw['payloadval']) === '' ? told({ is: 'value', value: value('') }) : told(typedValue(draft, textOf(raw['payloadtype']) || 'num', raw['payloadval']))), // prettier-ignore
  ]
  draft.context.assumptions.add(
    `\`${draft.node.node.type}\` nodes do what their documentation says: a message starts the time anew, the payload \`stop\` ends it`,
  )
  const named = durationOf(1, unit)
  const milliseconds = chosenTime(draft, durationOf(raw['duration'], unit), named)
  branch(draft, false, [{ when: stops(draft), next: () => sequence(draft, take, told({ is: 'value', value: value('stopped') })) }], () =>
    sequence(
      draft,
      take,
      delay(draft, milliseconds, () => branch(draft, false, [{ when: isMine, next: over }], () => [])),
    ),
  )
}

/** How often it sends, and when first, depends on bounds and the clock: the message leaves unchanged, at once or later, some times. */
export function readLoopTimer(draft: Draft): void {
  const { raw } = draft.node.node
  const { take, isMine } = turnOf(draft)
  const every = durationOf(raw['duration'], textOf(raw['units']) || 'Second')
  const why = 'how often a loop timer sends'
  branch(draft, false, [{ when: stops(draft), next: () => sequence(draft, take, output(draft, 1)) }], () => {
    const id = newId(draft)
    const place = draft.steps.length
    const again = branch(draft, false, [{ when: isMine, next: () => [...output(draft, 0), id] }], () => [])
    draft.steps.splice(place, 0, { id, at: draft.node.node.at, do: 'delay', milliseconds: value(every), next: again })
    const may = (): ReturnType<typeof open> => open(draft, { is: 'bool' }, why)
    return sequence(
      draft,
      take,
      branch(
        draft,
        true,
        [
          { when: may(), next: () => output(draft, 0) },
          { when: may(), next: () => [id] },
        ],
        () => [],
      ),
    )
  })
}
