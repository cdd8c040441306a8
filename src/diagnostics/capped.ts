/** Collects diagnostics of a long input: the first of each code are kept, the rest are counted in one line each. */
import type { Diagnostic } from './diagnostic.ts'

export interface CappedDiagnostics {
  readonly add: (diagnostic: Diagnostic) => void
  /** As `add`; the diagnostic is made only if it is kept. */
  readonly addLazily: (severity: Diagnostic['severity'], code: string, make: () => Diagnostic) => void
  readonly hasErrors: () => boolean
  /** The kept ones in the order of their arrival, after each code's last kept one a line with the number of the others. */
  readonly list: () => readonly Diagnostic[]
}

/** Diagnostics of one code (and severity) that are kept. */
export const KEPT_PER_CODE = 20

export function cappedDiagnostics(kept = KEPT_PER_CODE): CappedDiagnostics {
  const diagnostics: Diagnostic[] = []
  const counts = new Map<string, { count: number; severity: Diagnostic['severity']; code: string; last: number; source: string }>()
  let errors = false
  const addLazily: CappedDiagnostics['addLazily'] = (severity, code, make) => {
    if (severity === 'error') errors = true
    const key = `${severity} ${code}`
    let entry = counts.get(key)
    if (entry === undefined) counts.set(key, (entry = { count: 0, severity, code, last: 0, source: '' }))
    entry.count += 1
    if (entry.count > kept) return
    const diagnostic = make()
    entry.source = diagnostic.at.source
    entry.last = diagnostics.push(diagnostic)
  }
  return {
    add: (diagnostic) => addLazily(diagnostic.severity, diagnostic.code, () => diagnostic),
    addLazily,
    hasErrors: () => errors,
    list: () => {
      const more = [...counts.values()].filter((entry) => entry.count > kept)
      if (more.length === 0) return [...diagnostics]
      return diagnostics.flatMap((diagnostic, index) => [
        diagnostic,
        ...more
          .filter((entry) => entry.last === index + 1)
          .map(({ code, severity, count, source }): Diagnostic => ({
            code,
            severity,
            message: `and ${(count - kept).toLocaleString('en-US')} more like this`,
            at: { source },
          })),
      ])
    },
  }
}
