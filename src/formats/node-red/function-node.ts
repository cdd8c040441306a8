/** `function`: executed on expressions where it has no loops; else an unmodelled step that may write what its text names. */
import { copyName, current, ordered, readsOf, targetOf, withCopy } from './at-once.ts'
import { contextKey } from './context.ts'
import {
  assign,
  type Assigned,
  branch,
  type Draft,
  type Item,
  open,
  output,
  pass,
  readMessage,
  REACHABLE,
  sequence,
  unmodelled,
  valueOf,
} from './draft.ts'
import { read, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { plain } from './function-operators.ts'
import { runFunction } from './function-run.ts'
import { isGivenUp, type JsPath, type JsValue, type Sent } from './function-values.ts'
import { ofToday } from './local-time.ts'
import { typedValue } from './typed-value.ts'

export function readFunction(draft: Draft): void {
  readCode(draft, textOf(draft.node.node.raw['func']))
}

/** The code as steps; it begins with the draft's next step. */
export function readCode(draft: Draft, code: string): void {
  const before = new Set(draft.reasons)
  try {
    const paths = runFunction(code, {
      input: (path) => readMessage(draft, path),
      attribute: (which, key) => contextKey(draft.context, draft.node, which, key),
      stored: read,
      environment: (name) => valueOf(draft, typedValue(draft, 'env', name)),
      today: (method) => ofToday(draft.context, method, draft.node.node.at),
      open: (type, why) => open(draft, type, why),
      outputs: draft.node.outputs.length,
    })
    writePaths(draft, paths)
  } catch (error) {
    if (!isGivenUp(error)) throw error
    draft.reasons.clear()
    for (const reason of before) draft.reasons.add(reason)
    draft.steps.length = 0
    draft.made = 0
    unmodelled(draft, `the code of the function: ${error.message}`, [REACHABLE, ...namedKeys(draft, code)])
  }
}

/** Context variables whose names stand in calls of `set`; where a name is computed, all of that context that the flow knows. */
function namedKeys(draft: Draft, code: string): readonly string[] {
  const found = new Set<string>()
  const calls = code.matchAll(/\b(flow|global|context)\s*\??\.\s*set\s*\(\s*(?:"([^"\\]*)"|'([^'\\]*)'|`([^`\\$]*)`)?/g)
  for (const [, owner, a, b, c] of calls) {
    const which = owner === 'context' ? 'node' : (owner as 'flow' | 'global')
    const key = a ?? b ?? c
    const attribute = key === undefined ? undefined : contextKey(draft.context, draft.node, which, key)
    if (attribute !== undefined) found.add(attribute)
    else if (key === undefined) for (const id of draft.context.attributes.keys()) if (id.startsWith(`${which}:`)) found.add(id)
  }
  return [...found]
}

function writePaths(draft: Draft, paths: readonly JsPath[]): void {
  const [last] = paths.slice(-1)
  if (last === undefined) {
    pass(draft, [])
    return
  }
  const silent = paths.filter(({ state }) => state.sent.length === 0 && state.stored.size === 0)
  const others = paths.filter((path) => !silent.includes(path))
  if (paths.length === 1) writePath(draft, last)
  else if (silent.length > 0)
    branch(
      draft,
      false,
      others.map((path) => ({ when: path.when, next: () => writePath(draft, path) })),
      () => [],
    )
  else
    branch(
      draft,
      false,
      others.slice(0, -1).map((path) => ({ when: path.when, next: () => writePath(draft, path) })),
      () => writePath(draft, others.at(-1)!),
    )
  if (draft.made === 0) pass(draft, paths.length === 1 ? last.state.sent.flatMap(({ port }) => output(draft, port)) : [])
}

/** What one way stores and sends. Values are those before the function, so what is overwritten too early is kept first. */
function writePath(draft: Draft, { state }: JsPath): readonly string[] {
  const sets: Item[] = [...state.stored].map(([attribute, stored]) => ({ do: 'set', attribute, value: stored }))
  const groups = grouped(draft, state.sent)
  const lets = groups.map(({ items }) => items)
  const targets = groups.map((group) => group.targets)
  if (lets.length <= 1) return chained(draft, ordered([...(lets[0] ?? []), ...sets]), targets[0] ?? [])
  // Several messages that differ: what is stored must not change what they say.
  const { kept, rest } = keepAll(sets, lets.flat())
  const start = [...kept, ...rest.sets]
  const head = start.length > 0 ? sequence(draft, start, []) : branch(draft, false, [], () => [])
  const place = draft.steps.findIndex(({ id }) => id === lastOf(draft, head[0]!))
  let taken = 0
  const next = lets.flatMap((items, index) => {
    const own = rest.lets.slice(taken, taken + items.length)
    taken += items.length
    // Each has a step of its own: what needs none would leave before those that do.
    const made = ordered(own)
    return made.length === 0 ? pass(draft, targets[index]!) : sequence(draft, made, targets[index]!)
  })
  draft.steps[place] = { ...draft.steps[place]!, next }
  return head
}

/** The last step of a chain that begins with the step. */
function lastOf(draft: Draft, first: string): string {
  let id = first
  for (;;) {
    const next: string | undefined = draft.steps.find((step) => step.id === id)?.next[0]
    if (next === undefined) return id
    id = next
  }
}

const chained = (draft: Draft, items: readonly Item[], next: readonly string[]): readonly string[] =>
  items.length === 0 && draft.made === 0 ? pass(draft, next) : sequence(draft, items, next)

interface Sending {
  readonly items: readonly Item[]
  readonly targets: string[]
  readonly key: string
}

/** What goes out, in order; messages that say the same are one token that goes to several nodes. A list goes to the first wire as a whole, then to the next. */
function grouped(draft: Draft, sent: readonly Sent[]): readonly Sending[] {
  const groups: Sending[] = []
  const add = (message: Sent, targets: readonly string[]): void => {
    const items = message.fromInput ? [] : clearing(draft, message)
    const all = [...items, ...[...message.properties].flatMap(([path, held]) => assignJs(draft, path, held))]
    const key = JSON.stringify(all)
    const last = groups.at(-1)
    if (last?.key === key) last.targets.push(...targets)
    else groups.push({ targets: [...targets], items: all, key })
  }
  for (let place = 0; place < sent.length;) {
    const first = sent[place]!
    const { list } = first
    const together = list === undefined ? [first] : sent.slice(place).filter((message) => message.list === list)
    place += together.length
    const targets = output(draft, first.port)
    if (together.length === 1) add(first, targets)
    else for (const target of targets) for (const message of together) add(message, [target])
  }
  return groups
}

/** A new message has only what it was given. */
function clearing(draft: Draft, { properties }: Sent): readonly Item[] {
  return [...draft.context.readPaths]
    .filter((path) => !path.startsWith('#') && ![...properties.keys()].some((key) => path === key || path.startsWith(`${key}.`)))
    .sort()
    .map((path) => ({ do: 'let', local: path, value: value(null) }))
}

function assignJs(draft: Draft, path: string, held: JsValue): readonly Item[] {
  if (held.is === 'mapping') {
    const known = constantOf(held)
    if (known !== undefined) return assign(draft, path, { is: 'object', object: known as object })
    const parts = [...held.entries].flatMap(([key, part]) =>
      assignJs(draft, `${path}.${key}`, part).filter((item) => item.do === 'let' && item.local !== path),
    )
    const given = new Set(parts.flatMap((item) => (item.do === 'let' ? [item.local] : [])))
    const rest = assign(draft, path, { is: 'open', type: { is: 'any' }, why: 'a mapping' }).map((item): Item =>
      item.do === 'let' && item.local !== path && item.local.startsWith(`${path}.`) ? { ...item, value: value(null) } : item,
    )
    return [...rest.filter((item) => item.do === 'set' || !given.has(item.local)), ...parts]
  }
  return assign(draft, path, assignedOf(draft, held))
}

function assignedOf(draft: Draft, held: JsValue): Assigned {
  switch (held.is) {
    case 'primitive':
      return { is: 'value', value: held.value }
    case 'input':
      return { is: 'copy', path: held.path }
    case 'list': {
      const known = constantOf(held)
      return known === undefined ? { is: 'open', type: { is: 'any' }, why: 'a list' } : { is: 'object', object: known as object }
    }
    case 'unknown':
      return { is: 'open', type: { is: 'any' }, why: held.why }
    case 'message':
    case 'named':
    case 'mapping':
      return { is: 'open', type: { is: 'any' }, why: 'a list or mapping' }
    case 'pointed':
    case 'typeof':
      return { is: 'value', value: plain(held, (type, why) => open(draft, type, why)) }
  }
}

function constantOf(held: JsValue): unknown {
  if (held.is === 'primitive') return held.value.is === 'value' ? held.value.value : undefined
  if (held.is === 'list') {
    const items = held.items.map(constantOf)
    return items.includes(undefined) ? undefined : items
  }
  if (held.is !== 'mapping') return undefined
  const entries = [...held.entries].map(([key, part]) => [key, constantOf(part)] as const)
  return entries.some(([, part]) => part === undefined) ? undefined : Object.fromEntries(entries)
}

/** Copies of every stored variable that something still reads, so that they can be set first and in order. */
function keepAll(
  sets: readonly Item[],
  lets: readonly Item[],
): { readonly kept: readonly Item[]; readonly rest: { readonly sets: readonly Item[]; readonly lets: readonly Item[] } } {
  const needed = sets.filter((item) =>
    [...lets, ...sets.filter((other) => other !== item)].some((other) => readsOf(other.value).has(targetOf(item))),
  )
  const apart = (item: Item): Item => ({ ...item, value: needed.filter((other) => other !== item).reduce(withCopy, item.value) })
  return {
    kept: needed.map((item) => ({ do: 'let', local: copyName(item), value: current(item) })),
    rest: { sets: sets.map(apart), lets: lets.map(apart) },
  }
}
