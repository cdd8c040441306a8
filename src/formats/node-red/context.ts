/** What reading one flow gathers: its attributes, assumptions, names that dangle, and which properties of messages are ever read. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { Dangling, ThingAttribute, Value, ValueType } from '../../model/automation.ts'
import type { Brokers } from './brokers.ts'
import type { FlowGraph, GraphNode, Missing } from './graph.ts'

export interface FlowContext {
  readonly application: string
  readonly graph: FlowGraph
  readonly brokers: Brokers
  readonly attributes: Map<string, ThingAttribute>
  readonly assumptions: Set<string>
  readonly dangling: Map<string, Dangling>
  /** Paths of message properties that something reads: others need not be kept. Complete when a second reading adds nothing. */
  readonly readPaths: Set<string>
  /** Ids of nodes that a message can reach which tells them to reset or flush what they hold back. */
  readonly cleared: ReadonlySet<string>
  /** Whether some node gives messages another topic. */
  readonly topicChanges: boolean
}

export function helper(context: FlowContext, id: string, initial: readonly Value[], restored: boolean, at: Location): string {
  const known = context.attributes.get(id)
  if (known === undefined) {
    const type: ValueType = { is: 'any' }
    context.attributes.set(id, { id, thing: id, type, role: 'helper', outside: false, delivery: 'state', initial, restored, at })
  } else if (restored && !known.restored) context.attributes.set(id, { ...known, restored })
  return id
}

/** Notes a name that nothing carries; returns the id by which others refer to it. */
export function dangle(context: FlowContext, node: Pick<GraphNode, 'id'>, name: string, text: string, at: Location): string {
  const id = `${context.application}/${node.id} -> ${name}`
  context.dangling.set(id, { id, at, text })
  return id
}

/** What `flow.`, `global.` and node context mean by a key; undefined where nothing does (`$parent` on a tab). */
export function contextKey(context: FlowContext, node: GraphNode, which: 'flow' | 'global' | 'node', key: string): string | undefined {
  const stored = /^#:\(([^)]*)\)::(.*)$/s.exec(key)
  const store = stored?.[1] ?? ''
  let name = (stored?.[2] ?? key).trim()
  let scope = node.scope
  while (which === 'flow' && name.startsWith('$parent.')) {
    if (scope.parent === undefined) return undefined
    scope = scope.parent
    name = name.slice('$parent.'.length)
  }
  name = name.replaceAll(/\[(?:"([^"]*)"|'([^']*)'|(\d+))\]/g, (_, a?: string, b?: string, c?: string) => `.${a ?? b ?? c ?? ''}`)
  const kept = store === '' || store === 'default' || store === 'memory' ? '' : `@${store}`
  const place = which === 'global' ? 'global' : which === 'flow' ? 'flow' : 'node'
  const within = which === 'global' ? context.application : `${context.application}/${which === 'flow' ? scope.id : node.id}`
  return helper(context, `${place}:${within}/${name}${kept}`, [null], kept !== '', node.node.at)
}

/** The id of what dangles at a node. */
export const missingId = (application: string, { from, id }: Pick<Missing, 'from' | 'id'>): string => `${application}/${from} -> ${id}`
