/** Reads the list of nodes of a Node-RED flow file: every node with its id, its type and its place. */
import type { Diagnostic, Location, Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath, type StructuredText } from '../../diagnostics/document.ts'
import { readJson } from '../../diagnostics/json.ts'

/** One object of the list: a node, a tab, a subflow's definition, a group or a configuration. */
export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly name: string
  /** The tab or subflow in which it stands; none for configurations that stand nowhere. */
  readonly z: string | undefined
  readonly raw: Readonly<Record<string, unknown>>
  readonly at: Location
}

export function readFlowNodes(source: Source): Read<readonly FlowNode[]> {
  const document = readJson(source)
  return document.ok ? flowNodesAt(document.value, [], document.value.value) : document
}

/** The nodes of the list `value` that stands at `base` in the document. Where an id stands twice the last one counts, as in Node-RED. */
export function flowNodesAt(document: StructuredText, base: DocumentPath, value: unknown): Read<readonly FlowNode[]> {
  const diagnostics: Diagnostic[] = []
  const say = (severity: Diagnostic['severity'], code: string, message: string, at: Location): unknown =>
    diagnostics.push({ code: `formats/${code}`, severity, message, at })
  if (!Array.isArray(value)) {
    say('error', 'flow-shape', `a Node-RED flow is a list of nodes, not ${describeValue(value)}`, document.locate(base))
    return { ok: false, diagnostics }
  }
  const nodes = new Map<string, FlowNode>()
  ;(value as readonly unknown[]).forEach((item, index) => {
    const place = document.locate([...base, index])
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      say('error', 'flow-node', `a node of a flow is a mapping, not ${describeValue(item)}`, place)
      return
    }
    const raw = item as Readonly<Record<string, unknown>>
    const { id, type } = raw
    if (typeof id !== 'string' || id === '' || typeof type !== 'string' || type === '') {
      say('error', 'flow-node', `a node of a flow needs \`id\` and \`type\`, both texts`, place)
      return
    }
    const first = nodes.get(id)
    if (first !== undefined)
      say(
        'warning',
        'duplicate-node',
        `two nodes have the id \`${id}\`, the first in line ${first.at.range?.start.line ?? 0}; the last one counts`,
        place,
      )
    const name = typeof raw['name'] === 'string' ? raw['name'].trim() : ''
    const z = typeof raw['z'] === 'string' && raw['z'] !== '' ? raw['z'] : undefined
    nodes.set(id, { id, type, name, z, raw, at: { ...place, path: [id] } })
  })
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: [...nodes.values()], diagnostics }
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '')

/** The ids that a list of texts names; anything else names none. */
export const idsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string' && id !== '') : []

/** How messages call a node: its name, else its type with what it is about. */
export function labelOf(node: FlowNode): string {
  if (node.name !== '') return node.name
  const about = textOf(node.raw['topic']) || textOf(node.raw['label'])
  return about === '' ? node.type : `${node.type} ${about}`
}
