/** Where a node stands once subflows are expanded: what `flow.` means there, and which environment variables it sees. */
import { type FlowNode, textOf } from './flow-nodes.ts'

export interface EnvironmentEntry {
  readonly name: string
  readonly type: string
  readonly value: unknown
}

export interface Scope {
  /** Id of the tab, or of the instance with the ids of those around it. */
  readonly id: string
  readonly name: string
  readonly parent: Scope | undefined
  /** Later entries win. */
  readonly environment: readonly EnvironmentEntry[]
}

export function environmentOf(node: FlowNode | undefined): readonly EnvironmentEntry[] {
  const listed: unknown = node?.raw['env']
  if (!Array.isArray(listed)) return []
  return (listed as readonly unknown[]).flatMap((item) => {
    if (typeof item !== 'object' || item === null) return []
    const { name, type, value } = item as Readonly<Record<string, unknown>>
    return typeof name === 'string' && name !== '' ? [{ name, type: textOf(type) || 'str', value }] : []
  })
}

/** The entry that a name means here; `$parent.` looks around the subflow. Undefined: it comes from the process, if from anywhere. */
export function lookUp(scope: Scope, name: string): { readonly entry: EnvironmentEntry; readonly scope: Scope } | undefined {
  if (name.startsWith('$parent.')) return scope.parent === undefined ? undefined : lookUp(scope.parent, name.slice('$parent.'.length))
  for (let here: Scope | undefined = scope; here !== undefined; here = here.parent) {
    const entry = here.environment.findLast((one) => one.name === name)
    if (entry !== undefined) return { entry, scope: here }
  }
  return undefined
}

/** Text with `${NAME}` replaced; undefined where a name is not known here. Node-RED replaces a property only where it is nothing but one name. */
export function substituted(scope: Scope, text: string): string | undefined {
  const whole = /^\$\{(\S+)\}$/.exec(text)
  if (whole === null) return text
  const found = lookUp(scope, whole[1]!)
  if (found === undefined || found.entry.type === 'cred') return undefined
  if (found.entry.type === 'env') return substituted(found.scope, `\${${textOf(found.entry.value)}}`)
  return textOf(found.entry.value)
}
