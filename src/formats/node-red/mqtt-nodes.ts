/** `mqtt out` sets the attribute of its topic; topics that messages choose are told apart where they are known. */
import { topicId } from './brokers.ts'
import { dangle } from './context.ts'
import { branch, type Draft, newId, output, pass, readMessage, sequence } from './draft.ts'
import { or, same, value } from './expressions.ts'
import { labelOf, textOf } from './flow-nodes.ts'
import { substituted } from './scope.ts'

export function readMqttOut(draft: Draft): void {
  const { context, node } = draft
  const broker = context.brokers.of(node)
  if ('missing' in broker) {
    dangle(
      context,
      node,
      `broker ${broker.missing}`,
      `\`${labelOf(node.node)}\` publishes to the broker \`${broker.missing}\`, which the flow does not have`,
      node.node.at,
    )
    pass(draft, [])
    return
  }
  const topic = substituted(node.scope, textOf(node.node.raw['topic']))
  const payload = readMessage(draft, 'payload')
  if (topic !== undefined && topic !== '') {
    sequence(draft, [{ do: 'set', attribute: topicId(broker.name, topic), value: payload }], output(draft, 0))
    return
  }
  const chosen = readMessage(draft, 'topic')
  const why = 'publishes to a topic that the message chooses'
  const known = context.brokers.topics.filter((one) => one.broker === broker.name).map((one) => one.topic)
  branch(
    draft,
    false,
    [
      { when: or(same(chosen, value(null)), same(chosen, value(''))), next: () => [] },
      ...known.map((one) => ({
        when: same(chosen, value(one)),
        next: () => sequence(draft, [{ do: 'set' as const, attribute: topicId(broker.name, one), value: payload }], []),
      })),
    ],
    () => {
      draft.reasons.add(why)
      const id = newId(draft)
      draft.steps.push({ id, at: node.node.at, do: 'unmodelled', part: node.id, writes: [], next: [] })
      return [id]
    },
  )
}
