/** Finds automations that call each other in a circle. */
import type { DocumentPath } from '../../diagnostics/document.ts'

interface Call {
  readonly automation: string
  readonly path: DocumentPath
}

/** One circle for each automation that stands in one, unless another of it was given already; `path` is the call that closes it. */
export function callCycles(
  calls: ReadonlyMap<string, readonly Call[]>,
): readonly { readonly rules: readonly string[]; readonly path: DocumentPath }[] {
  const found: { readonly rules: readonly string[]; readonly path: DocumentPath }[] = []
  const done = new Set<string>()
  const way: string[] = []
  const walk = (rule: string): void => {
    if (done.has(rule)) return
    way.push(rule)
    for (const { automation, path } of calls.get(rule) ?? []) {
      const begin = way.indexOf(automation)
      if (begin >= 0) found.push({ rules: [...way.slice(begin), automation], path })
      else walk(automation)
    }
    way.pop()
    done.add(rule)
  }
  for (const rule of calls.keys()) walk(rule)
  return found
}
