/** The steps that one node becomes, in the making. The first step has the node's own id; messages are tokens whose locals are paths: `payload`, `payload.state`. */
import type { AutomationExpression, Step, ValueType } from '../../model/automation.ts'
import { type Item, ordered } from './at-once.ts'
import { contextKey, type FlowContext } from './context.ts'
import { local, NOTHING, read, typesOf, value } from './expressions.ts'
import type { GraphNode } from './graph.ts'

/** Stands in the write-set of a step for everything that the node can reach; replaced when all steps are known. */
export const REACHABLE = '*'

/** Paths of message properties that are followed. */
const MAXIMUM_DEPTH = 4
const MAXIMUM_PATHS = 256

export interface Draft {
  readonly context: FlowContext
  readonly node: GraphNode
  readonly steps: Step[]
  /** Why something of the node is not modelled, each reason once. */
  readonly reasons: Set<string>
  /** What is not modelled though no step or value stands for it. */
  readonly notes: Set<string>
  readonly prefix: string
  made: number
  /** Whether the node acts outside of what is modelled: it tells people, stores, asks other machines. */
  outward: boolean
}

export type { Item } from './at-once.ts'

/** What a message property or a context variable is set to. */
export type Assigned =
  | { readonly is: 'value'; readonly value: AutomationExpression }
  /** A list or a mapping, constant. */
  | { readonly is: 'object'; readonly object: object }
  /** Whatever stands at a path of the message, parts included. */
  | { readonly is: 'copy'; readonly path: string }
  | { readonly is: 'open'; readonly type: ValueType; readonly why: string }
  /** What the event brought; `parts` says why nobody knows what it consists of, absent: it is no list or mapping. */
  | { readonly is: 'event'; readonly parts?: string }

export const ANY: ValueType = { is: 'any' }

export function draftOf(context: FlowContext, node: GraphNode, prefix = node.id): Draft {
  return { context, node, steps: [], reasons: new Set(), notes: new Set(), prefix, made: 0, outward: false }
}

export function newId(draft: Draft): string {
  draft.made++
  return draft.made === 1 ? draft.prefix : `${draft.prefix}#${draft.made}`
}

/** Any value of the type, each time; the reason is listed as an unmodelled part of the node. */
export function open(draft: Draft, type: ValueType, why: string): AutomationExpression {
  draft.reasons.add(why)
  return { is: 'any', type, part: draft.node.id }
}

export function output(draft: Draft, port: number): readonly string[] {
  return draft.node.outputs[port] ?? []
}

export const everyOutput = (draft: Draft): readonly string[] => draft.node.outputs.flat()

/** Adds steps one after the other; returns where they begin. */
export function sequence(draft: Draft, items: readonly Item[], next: readonly string[]): readonly string[] {
  const ids = items.map(() => newId(draft))
  items.forEach((item, index) => {
    const follow = ids[index + 1]
    draft.steps.push({ id: ids[index]!, at: draft.node.node.at, next: follow === undefined ? next : [follow], ...item })
  })
  return ids.length === 0 ? next : [ids[0]!]
}

export interface Case {
  readonly when: AutomationExpression
  readonly next: () => readonly string[]
}

/** Adds a branch; what follows its cases is added after it, so that the branch has the first id. */
export function branch(draft: Draft, every: boolean, cases: readonly Case[], otherwise: () => readonly string[]): readonly string[] {
  const id = newId(draft)
  const place = draft.steps.length
  const built = cases.map(({ when, next }) => ({ when, next: next() }))
  draft.steps.splice(place, 0, { id, at: draft.node.node.at, do: 'branch', every, cases: built, next: otherwise() })
  return [id]
}

/** A step that only hands the message on. */
export function pass(draft: Draft, next: readonly string[]): readonly string[] {
  return branch(draft, false, [], () => next)
}

/** Steps, or one that only hands on where there are none: every node has at least one. */
export function stepsOrPass(draft: Draft, items: readonly Item[], next: readonly string[]): readonly string[] {
  return items.length === 0 && draft.made === 0 ? pass(draft, next) : sequence(draft, items, next)
}

export function delay(draft: Draft, milliseconds: AutomationExpression, next: () => readonly string[]): readonly string[] {
  const id = newId(draft)
  const place = draft.steps.length
  draft.steps.splice(place, 0, { id, at: draft.node.node.at, do: 'delay', milliseconds, next: next() })
  return [id]
}

/** A step that is not modelled: may write what the node can reach (or what is named), and may go on with a message that holds anything. */
export function unmodelled(draft: Draft, why: string, writes: readonly string[] = [REACHABLE]): void {
  draft.reasons.add(why)
  const id = newId(draft)
  const place = draft.steps.length
  const anything = (): readonly Item[] => anyMessage(draft, why)
  draft.steps.splice(place, 0, {
    id,
    at: draft.node.node.at,
    do: 'unmodelled',
    part: draft.node.id,
    writes,
    next: everyOutput(draft).length === 0 ? [] : sequence(draft, anything(), everyOutput(draft)),
  })
}

/** Sets every property that something reads to any value. */
export function anyMessage(draft: Draft, why: string, except: readonly string[] = []): readonly Item[] {
  return [...draft.context.readPaths]
    .filter((path) => !path.startsWith('#') && !except.some((known) => path === known || path.startsWith(`${known}.`)))
    .sort()
    .map((path) => ({ do: 'let', local: path, value: open(draft, ANY, why) }))
}

/** `payload["a"][0]` as `payload.a.0`; undefined where the path is computed. */
export function pathOf(written: string): string | undefined {
  const path = written
    .trim()
    .replaceAll(/\[(?:"([^"]*)"|'([^']*)'|(\d+))\]/g, (_, a?: string, b?: string, c?: string) => `.${a ?? b ?? c ?? ''}`)
  return path === '' || /[[\]]/.test(path) ? undefined : path.replace(/^msg\./, '')
}

/** What a path of the message holds. */
export function readMessage(draft: Draft, written: string): AutomationExpression {
  const path = pathOf(written)
  if (path === undefined) return open(draft, ANY, `the property \`${written}\` is chosen by the message`)
  const { readPaths } = draft.context
  // Copies of parts onto their own message would name ever deeper parts.
  if (!readPaths.has(path) && (path.split('.').length > MAXIMUM_DEPTH || readPaths.size >= MAXIMUM_PATHS))
    return open(draft, ANY, 'parts of parts of a message')
  readPaths.add(path)
  return local(path)
}

export function readContext(draft: Draft, which: 'flow' | 'global' | 'node', key: string): AutomationExpression {
  const id = contextKey(draft.context, draft.node, which, key)
  return id === undefined ? NOTHING : read(id)
}

/** The value alone, without its parts: a list or a mapping is its JSON text. */
export function valueOf(draft: Draft, assigned: Assigned): AutomationExpression {
  switch (assigned.is) {
    case 'value':
      return assigned.value
    case 'object':
      draft.context.assumptions.add('a list or mapping is compared and published as its JSON text')
      return value(JSON.stringify(assigned.object))
    case 'copy':
      return readMessage(draft, assigned.path)
    case 'open':
      return open(draft, assigned.type, assigned.why)
    case 'event':
      return local('trigger')
  }
}

/** Sets a property of the message and with it the parts of it that something reads. */
export function assign(draft: Draft, path: string, assigned: Assigned): readonly Item[] {
  const { readPaths } = draft.context
  const items: Item[] = []
  const put = (to: string, expression: AutomationExpression): unknown => items.push({ do: 'let', local: to, value: expression })
  for (const below of [...readPaths].filter((known) => known.startsWith(`${path}.`)).sort())
    put(below, partOf(draft, assigned, below.slice(path.length + 1)))
  if (readPaths.has(path)) put(path, valueOf(draft, assigned))
  for (let above = parentOf(path); above !== undefined; above = parentOf(above))
    if (readPaths.has(above)) put(above, open(draft, ANY, 'a part of a mapping is set'))
  return ordered(items)
}

const parentOf = (path: string): string | undefined => {
  const dot = path.lastIndexOf('.')
  return dot < 0 ? undefined : path.slice(0, dot)
}

function partOf(draft: Draft, assigned: Assigned, below: string): AutomationExpression {
  switch (assigned.is) {
    case 'value':
      return below === 'length' && typesOf(assigned.value).has('text')
        ? assigned.value.is === 'value'
          ? value(String(assigned.value.value).length)
          : open(draft, ANY, 'the length of a text')
        : NOTHING
    case 'object': {
      let here: unknown = assigned.object
      for (const key of below.split('.'))
        here = typeof here === 'object' && here !== null ? (here as Readonly<Record<string, unknown>>)[key] : undefined
      return constant(draft, here)
    }
    case 'copy':
      return readMessage(draft, `${assigned.path}.${below}`)
    case 'open':
      return open(draft, ANY, assigned.why)
    case 'event':
      if (assigned.parts !== undefined) return open(draft, ANY, assigned.parts)
      return below === 'length' ? open(draft, ANY, 'the length of a text') : NOTHING
  }
}

/** A constant of a file as a value; lists and mappings as their JSON text. */
function constant(draft: Draft, constant: unknown): AutomationExpression {
  if (typeof constant === 'object' && constant !== null) return valueOf(draft, { is: 'object', object: constant })
  return value(
    typeof constant === 'string' || typeof constant === 'boolean' || (typeof constant === 'number' && Number.isFinite(constant))
      ? constant
      : null,
  )
}
