/** Nodes of node-red-contrib-home-assistant-websocket: entity states are read and set where ids and services are constant. */
import type { AutomationExpression } from '../../model/automation.ts'
import type { FlowContext } from './context.ts'
import { ANY, assign, branch, type Draft, type Item, open, output, stepsOrPass, unmodelled, newId } from './draft.ts'
import { and, choose, compare, local, not, number, or, read, same, value } from './expressions.ts'
import { type FlowNode, textOf } from './flow-nodes.ts'

/** An entity's state (a text), or one of its attributes (`climate.hall.temperature`). Others may change either. */
export function entity(context: FlowContext, id: string, commanded: boolean, node: FlowNode): string {
  const known = context.attributes.get(id)
  if (known === undefined || (commanded && known.role !== 'actuator')) {
    const thing = id.split('.').slice(0, 2).join('.')
    const type = id === thing ? ({ is: 'text' } as const) : ({ is: 'any' } as const)
    context.attributes.set(id, {
      id,
      thing,
      type,
      role: commanded ? 'actuator' : 'sensor',
      outside: true,
      delivery: 'state',
      restored: false,
      at: known?.at ?? node.at,
    })
  }
  return id
}

const ENTITY = /^[a-z_0-9]+\.[a-z_0-9]+$/

/** Constant entity ids of a property that is a text (commas separate), a list, or `{entity: [...]}`; undefined where a template or pattern stands there. */
export function entitiesOf(written: unknown): readonly string[] | undefined {
  const listed: readonly unknown[] = Array.isArray(written) ? (written as readonly unknown[]) : textOf(written).split(',')
  const ids = listed.map((one) => textOf(one).trim()).filter((one) => one !== '')
  return ids.every((id) => ENTITY.test(id)) ? ids : undefined
}

/** The entities whose changes start a node; undefined where a pattern chooses them. */
export function watched({ raw }: FlowNode): readonly string[] | undefined {
  const { entities } = raw
  if (typeof entities === 'object' && entities !== null && !Array.isArray(entities)) {
    const { entity: exact, substring, regex } = entities as Readonly<Record<string, unknown>>
    const patterns = [substring, regex].some((list) => Array.isArray(list) && list.length > 0)
    return patterns ? undefined : entitiesOf(exact ?? [])
  }
  const filter = textOf(raw['entityidfiltertype'] ?? raw['entityIdType'] ?? raw['entityIdFilterType'])
  const list = entitiesOf(raw['entityidfilter'] ?? raw['entityid'] ?? raw['entityId'] ?? raw['entity_id'])
  return filter === '' || filter === 'exact' || filter === 'list' ? list : undefined
}

/** Whether a state satisfies a comparison as these nodes write it. */
function compared(draft: Draft, state: AutomationExpression, comparator: string, written: unknown, type: string): AutomationExpression {
  const numeric = type === 'num' || ['<', '<=', '>', '>=', 'lt', 'lte', 'gt', 'gte'].includes(comparator)
  const constant = numeric
    ? value(Number.isFinite(Number(written)) ? Number(written) : null)
    : value(type === 'bool' ? textOf(written) : textOf(written))
  const left = numeric ? number(state) : state
  if (!['', 'str', 'num', 'bool'].includes(type)) return open(draft, { is: 'bool' }, `compares with a value of type \`${type}\``)
  switch (comparator) {
    case '':
    case 'is':
      return same(left, constant)
    case 'is_not':
      return not(same(left, constant))
    case '<':
    case 'lt':
      return compare('<', left, constant)
    case '<=':
    case 'lte':
      return compare('<=', left, constant)
    case '>':
    case 'gt':
      return compare('>', left, constant)
    case '>=':
    case 'gte':
      return compare('>=', left, constant)
    case 'includes':
    case 'does_not_include': {
      const among = or(
        ...textOf(written)
          .split(',')
          .map((one) => same(state, value(one.trim()))),
      )
      return comparator === 'includes' ? among : not(among)
    }
    default:
      return open(draft, { is: 'bool' }, `the comparison \`${comparator}\``)
  }
}

/** First output where the state is as asked, else the second; one output where nothing is asked. */
export function byState(draft: Draft, state: AutomationExpression): readonly string[] {
  const { raw } = draft.node.node
  const wanted = raw['halt_if'] ?? raw['haltifstate'] ?? raw['ifState']
  if (textOf(wanted) === '') return stepsOrPass(draft, [], output(draft, 0))
  const when = compared(
    draft,
    state,
    textOf(raw['halt_if_compare'] ?? raw['ifStateOperator']),
    wanted,
    textOf(raw['halt_if_type'] ?? raw['ifStateType']),
  )
  return branch(draft, false, [{ when, next: () => output(draft, 0) }], () => output(draft, 1))
}

/** The constraints of a `trigger-state` node: first output where they hold, else the second. */
export function byConstraints(draft: Draft, state: AutomationExpression): readonly string[] {
  const { raw } = draft.node.node
  const list: readonly unknown[] = Array.isArray(raw['constraints']) ? (raw['constraints'] as readonly unknown[]) : []
  const conditions = list.map((item) => {
    const one = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>
    const target = textOf(one['targetType'])
    const property = textOf(one['propertyValue'])
    const earlier = textOf(one['propertyType']) === 'previous_state' || property.startsWith('old_state')
    const id = textOf(one['targetValue'])
    const subject = constrained(draft, state, target, id, property, earlier)
    if (subject === undefined) return open(draft, { is: 'bool' }, 'a constraint on an earlier state of another entity or on its context')
    return compared(draft, subject, textOf(one['comparatorType']), one['comparatorValue'], textOf(one['comparatorValueDatatype']))
  })
  const when = textOf(raw['constraintsmustmatch']) === 'any' ? or(...conditions) : and(...conditions)
  const custom = Array.isArray(raw['customoutputs']) && raw['customoutputs'].length > 0
  const further = custom ? draft.node.outputs.slice(2).flat() : []
  if (custom) draft.notes.add('outputs with conditions of their own')
  return branch(draft, false, [{ when, next: () => [...output(draft, 0), ...further] }], () => [...output(draft, 1), ...further])
}

/** What a constraint looks at: a state now or before, or an attribute as it is now. */
function constrained(
  draft: Draft,
  state: AutomationExpression,
  target: string,
  id: string,
  property: string,
  earlier: boolean,
): AutomationExpression | undefined {
  const own = watched(draft.node.node)
  const subject =
    target === 'this_entity' ? (own?.length === 1 ? own[0] : undefined) : target === 'entity_id' && ENTITY.test(id) ? id : undefined
  const attribute = /^new_state\.attributes\.([a-z_0-9]+)$/.exec(property)
  if (attribute !== null && subject !== undefined && !earlier)
    return read(entity(draft.context, `${subject}.${attribute[1]!}`, false, draft.node.node))
  if (!/^((new|old)_state\.state|state|)$/.test(property)) return undefined
  if (target === 'this_entity') return earlier ? local('trigger.before') : state
  return subject === undefined || earlier ? undefined : read(entity(draft.context, subject, false, draft.node.node))
}

export function readCurrentState(draft: Draft): void {
  const { node } = draft.node
  const ids = entitiesOf(node.raw['entity_id'] ?? node.raw['entityId'])
  if (ids?.length !== 1) {
    unmodelled(draft, 'reads the state of an entity that the message chooses')
    return
  }
  const state = read(entity(draft.context, ids[0]!, false, node))
  const items = [
    ...assign(draft, 'payload', { is: 'value', value: state }),
    ...assign(draft, 'data', { is: 'open', type: ANY, why: 'the attributes of an entity' }),
  ]
  const first = draft.made
  if (items.length === 0) byState(draft, state)
  else {
    // The branch follows the assignments; it compares the state, not the message.
    const ids = items.map(() => newId(draft))
    const after = byState(draft, state)
    items.forEach((item, index) =>
      draft.steps.splice(first + index, 0, {
        id: ids[index]!,
        at: node.at,
        next: ids[index + 1] === undefined ? after : [ids[index + 1]!],
        ...item,
      }),
    )
  }
}

export function readWaitUntil(draft: Draft): void {
  const { node } = draft.node
  const { raw } = node
  const ids = entitiesOf(raw['entityId'])
  const property = textOf(raw['property']) || 'state'
  if (ids?.length !== 1 || property !== 'state') {
    unmodelled(draft, 'waits for something that is not the state of one entity')
    return
  }
  const until = compared(
    draft,
    read(entity(draft.context, ids[0]!, false, node)),
    textOf(raw['comparator']),
    raw['value'],
    textOf(raw['valueType']),
  )
  const limit = Number(raw['timeout'])
  const wait = (): readonly string[] => {
    const id = newId(draft)
    draft.steps.push({
      id,
      at: node.at,
      do: 'wait',
      until,
      next: output(draft, 0),
      ...(limit > 0 ? { timeout: { milliseconds: value(limit * 1000), next: output(draft, 1) } } : {}),
    })
    return [id]
  }
  if (raw['checkCurrentState'] === false) wait()
  else branch(draft, false, [{ when: until, next: () => output(draft, 0) }], wait)
}

/** What a state node puts into its message when it starts one. */
export function stateMessage(draft: Draft, state: AutomationExpression, id: string | undefined): readonly Item[] {
  const { readPaths } = draft.context
  const numeric = textOf(draft.node.node.raw['state_type']) === 'num'
  const before = local('trigger.before')
  const named: AutomationExpression = id === undefined ? open(draft, { is: 'text' }, 'which entity of several') : value(id)
  const known: Readonly<Record<string, AutomationExpression>> = {
    payload: numeric ? choose(same(number(state), value(null)), state, number(state)) : state,
    topic: named,
    'data.entity_id': named,
    'data.state': state,
    'data.new_state.state': state,
    'data.old_state.state': before,
    'data.new_state.entity_id': named,
  }
  const lets = Object.entries(known).flatMap(([path, expression]): readonly Item[] =>
    readPaths.has(path) ? [{ do: 'let', local: path, value: expression }] : [],
  )
  // The rest of the event is not known; what else a message could hold it does not hold.
  const open_ = [...readPaths]
    .filter((path) => (path === 'data' || path.startsWith('data.')) && !Object.hasOwn(known, path))
    .sort()
    .map((path): Item => ({ do: 'let', local: path, value: open(draft, ANY, 'the event of an entity') }))
  return [...lets, ...open_]
}
