/** Coordinated releases: components (device software, gateway, backend, mobile app) whose versions must fit one another, all at once and while they are mixed. */
import { satisfies, valid, validRange } from 'semver'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { ReleaseComponent } from '../../model/release.ts'
import { orderUnits, type Clause } from '../order-units.ts'

export type Components = Readonly<Record<string, ReleaseComponent>>

/** What is wrong with a set of components that run together: no version, no range, a component that is not there, a version out of range. */
export function componentProblems(components: Components, source: string): readonly Diagnostic[] {
  const names = Object.keys(components).sort()
  const say = (code: string, message: string, hint: { readonly hint?: string } = {}): Diagnostic => ({
    code: `release/${code}`,
    severity: 'error',
    message,
    ...hint,
    at: { source },
  })
  return names.flatMap((name) => {
    const { version, needs } = components[name]!
    if (valid(version) === null) return [say('bad-version', `\`${name}\` has version \`${version}\`, which is no semantic version`)]
    return Object.keys(needs)
      .sort()
      .flatMap((other) => {
        const range = needs[other]!
        const there = Object.hasOwn(components, other) ? components[other] : undefined
        if (there === undefined)
          return [say('unknown-component', `\`${name}\` needs \`${other}\`, which is no component of the release`, maybe(other, names))]
        if (validRange(range) === null)
          return [say('bad-range', `\`${name}\` needs \`${other}\` in \`${range}\`, which is no range of versions`)]
        if (valid(there.version) === null || satisfies(there.version, range, { includePrerelease: true })) return []
        return [say('incompatible', `\`${name}\` ${version} needs \`${other}\` in \`${range}\`, the release has ${there.version}`)]
      })
  })
}

export type ComponentOrder =
  /** Groups of components to bring one after the other; those of one group in any order. */
  | { readonly is: 'order'; readonly stages: readonly (readonly string[])[] }
  /** No order keeps every mixture compatible; the pairs that need each other at once. */
  | { readonly is: 'impossible'; readonly because: readonly string[] }

/** An order in which old and new versions that run side by side fit at every moment; components that do not change take no part. Both sets must fit by themselves. */
export function componentOrder(before: Components, after: Components): ComponentOrder {
  const names = Object.keys(after)
    .filter((name) => before[name] === undefined || before[name].version !== after[name]!.version)
    .sort()
  const at = new Map(names.map((name, i) => [name, i]))
  const clauses: (Clause & { readonly says: string })[] = []
  const fits = (owner: ReleaseComponent | undefined, other: string, there: ReleaseComponent | undefined): boolean => {
    const range = owner?.needs[other]
    return range === undefined || (there !== undefined && satisfies(there.version, range, { includePrerelease: true }))
  }
  for (const name of Object.keys(after).sort())
    for (const other of names) {
      const i = at.get(name)
      const j = at.get(other)!
      if (name === other) continue
      const [oldOwn, newOwn, oldThere, newThere] = [before[name], after[name], before[other], after[other]]
      // The owner new while the other is still old: the other must come first.
      if (i !== undefined && !fits(newOwn, other, oldThere))
        clauses.push({
          edges: [[j, i]],
          says: `\`${name}\` ${newOwn!.version} does not work with \`${other}\` ${oldThere?.version ?? 'missing'}`,
        })
      if (!fits(oldOwn, other, newThere))
        clauses.push({
          edges: i === undefined ? [] : [[i, j]],
          says: `\`${name}\` ${oldOwn?.version ?? ''} does not work with \`${other}\` ${newThere!.version}`,
        })
    }
  const order = orderUnits(names.length, clauses, [])
  if (order.is === 'impossible') return { is: 'impossible', because: order.core.map((clause) => clauses[clause]!.says) }
  if (order.is === 'undecided') return { is: 'impossible', because: ['there are too many components to find an order'] }
  const { depth } = order
  const stages: (readonly string[])[] = []
  for (let stage = 0; depth.includes(stage); stage++) stages.push(names.filter((_, i) => depth[i] === stage))
  return { is: 'order', stages }
}
