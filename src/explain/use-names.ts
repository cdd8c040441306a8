/** How a constraint is called where it is spoken of. */
import { useAt, type ExplainContext } from './context.ts'

/** `quota` of `placement/quota`, as it is written in a model. */
export function writtenKind(kind: string): string {
  return kind.slice(kind.indexOf('/') + 1).replaceAll('-', '_')
}

/** The name that its author gave a constraint, or its kind and its place in the list. */
export function nameOf(context: ExplainContext, index: number): string {
  const { use } = useAt(context, index)
  return use.name === undefined ? `${writtenKind(use.kind)} (constraints[${index}])` : `"${use.name}"`
}
