/** Runs of one outside event from a state after a restart in which the conditions of two boxes hold. Guesses: the interpreter says whether they show anything. */
import type { ConflictStructure } from '../../../constraints/reaction.ts'
import type { ThingAttribute, Value } from '../../model/automation.ts'
import type { OutsideEvent, Run } from '../../model/conflict.ts'
import type { Pairs } from './compile-pairs.ts'
import type { Encoded } from './encoding.ts'
import type { WayEvent } from './ways.ts'
import { witnessOf } from './witness.ts'

/** Values that are tried for what stood there before the event. */
const BEFORE = 3

export const witnessRuns = (pairs: Pairs, structure: ConflictStructure, one: number, other: number): readonly Run[] => {
  const { table, scratch } = pairs
  const [first, second] = [table.ways[one]!, table.ways[other]!]
  const event = first.event ?? second.event
  if (event === undefined || (second.event !== undefined && table.events[one]! >= 0 && table.events[one] !== table.events[other])) return []
  const attribute = (id: string): ThingAttribute => structure.attributes.get(id)!
  const values = witnessOf(table, one, other, scratch, attribute)
  if (values === undefined) return []
  const initial = Object.fromEntries([...values].filter(([, value]) => value !== null).sort(([a], [b]) => (a < b ? -1 : 1)))
  if (event.is === 'write') {
    const thing = attribute(event.attribute)
    const others = valuesOf(thing, table.encoded)
    const after = values.get(event.attribute) ?? others[0]
    if (after === undefined) return []
    return others
      .filter((value) => value !== after)
      .slice(0, BEFORE)
      .map((before) => ({
        initial: { ...initial, [event.attribute]: before },
        events: [{ is: 'write', attribute: event.attribute, value: after }],
        choices: [],
      }))
  }
  const outside = outsideEvent(structure, event)
  return outside === undefined ? [] : [{ initial, events: [outside], choices: [] }]
}

const outsideEvent = (structure: ConflictStructure, event: WayEvent): OutsideEvent | undefined => {
  if (event.is === 'restart') return { is: 'restart' }
  if (event.is !== 'pull') return undefined
  const trigger = structure.rule.get(event.rule)?.automation.triggers[event.trigger]
  const payload = trigger?.on === 'outside' ? (trigger.payload.is === 'value' ? trigger.payload.value : undefined) : null
  return payload === undefined ? undefined : { is: 'pull', automation: event.rule, trigger: event.trigger, payload }
}

/** Some values of the attribute: those that conditions name first. */
const valuesOf = ({ id, type, initial = [] }: ThingAttribute, { dimensions, encodings }: Encoded): readonly Value[] => {
  const named = dimensions.flatMap(({ attribute }, at): readonly Value[] => {
    const encoding = encodings[at]!
    return attribute === id && encoding.is === 'cells' ? encoding.values : []
  })
  const plain = ((): readonly Value[] => {
    switch (type.is) {
      case 'bool':
        return [false, true]
      case 'enum':
        return type.values
      case 'number':
        return [type.low ?? 0, type.high ?? (type.low ?? 0) + 1]
      case 'text':
      case 'any':
        return ['one', 'other']
    }
  })()
  return [...new Set([...initial, ...plain, ...named])]
}
