/** From what was decided about a question to the finding that the report lists. */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { DisjointReason, Finding, ConflictVerdict, Run, StructureArgument, TraceLine } from '../model/conflict.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../../constraints/reaction.ts'
import type { Question } from './conflict-analysis.ts'

export type Decision =
  | {
      readonly is: 'structure'
      readonly holds: boolean
      readonly argument: StructureArgument
      readonly facts: readonly string[]
      readonly why: string
    }
  /** What the two rules need never holds together. */
  | { readonly is: 'disjoint'; readonly reasons: readonly DisjointReason[] }
  | { readonly is: 'refuted'; readonly script: string; readonly invariants: readonly { readonly says: string; readonly text: string }[] }
  | {
      readonly is: 'run'
      readonly run: Run
      readonly trace: readonly TraceLine[]
      readonly sameEvent: boolean
      /** Of what stands: whether the last reaction alone brought it about. */
      readonly sameReaction?: boolean
      readonly leansOn: readonly string[]
    }
  | { readonly is: 'open'; readonly why: string }
  /** A relation that does not hold: not listed. */
  | { readonly is: 'no-finding' }

/** Whether the decision clears the subject of what the kind speaks of. */
const clears = ({ shownBy }: ConflictKind, decision: Decision): boolean => {
  switch (decision.is) {
    case 'structure':
      return !decision.holds
    case 'disjoint':
      return true
    case 'refuted':
      return shownBy === 'run'
    case 'run':
      return shownBy === 'proof'
    case 'open':
    case 'no-finding':
      return false
  }
}

export const findingOf = (
  structure: ConflictStructure,
  { kind, subject }: Question,
  decision: Exclude<Decision, { is: 'no-finding' }>,
): Finding => {
  const meets = kind.shownBy === 'run' ? meeting(kind, subject, decision) : undefined
  const base = {
    kind: kind.id,
    id: kind.number,
    severity: kind.severity(meets ?? (subject.standing === true ? 'coincidence' : 'same-event'), subject, structure),
    subject: subject.key,
    rules: subject.rules,
    locations: distinctLocations(subject.at),
    text: kind.text(subject, clears(kind, decision), nameIn(structure)),
    trace: [],
    leansOn: [],
    checkedBy: 'nobody' as const,
    fingerprint: fingerprintOf(`${kind.id} ${subject.key}`),
    ...(subject.attribute === undefined ? {} : { actuator: subject.attribute }),
    ...(meets === undefined ? {} : { meets }),
  }
  const holds = (yes: boolean): ConflictVerdict => (yes ? 'conflict' : 'proved')
  switch (decision.is) {
    case 'structure':
      return {
        ...base,
        verdict: holds(decision.holds),
        checkedBy: 'structure',
        certificate: { is: 'structure', argument: decision.argument, facts: decision.facts },
        why: decision.why,
      }
    case 'disjoint':
      return {
        ...base,
        verdict: 'proved',
        checkedBy: 'structure',
        certificate: { is: 'disjoint', reasons: decision.reasons },
        why: whyParted(decision.reasons),
      }
    case 'refuted': {
      const scripts = [{ says: base.text, text: decision.script }, ...decision.invariants]
      // A refutation clears a kind that a run shows, and shows a kind that a proof shows.
      return { ...base, verdict: holds(kind.shownBy === 'proof'), certificate: { is: 'refutation', scripts } }
    }
    case 'run': {
      const { run, trace, leansOn } = decision
      const shown = { ...base, checkedBy: 'interpreter' as const, run, trace, leansOn }
      if (leansOn.length === 0) return { ...shown, verdict: holds(kind.shownBy === 'run') }
      if (kind.shownBy === 'run') return { ...shown, verdict: 'possible' }
      // The claim that nothing can bring it to run is refuted, as far as what is not modelled may do what the run has it do.
      return {
        ...shown,
        verdict: 'proved',
        why: `where ${leansOn.map((part) => `\`${part}\``).join(' and ')} lets it`,
      }
    }
    case 'open':
      return { ...base, verdict: 'unknown', why: decision.why }
  }
}

const whyParted = (reasons: readonly DisjointReason[]): string => {
  const names = reasons.flatMap((reason) =>
    reason.is === 'attribute'
      ? [reason.attribute]
      : reason.is === 'circle'
        ? reason.bounds.flatMap(({ less, more }) => [less, more].filter((name) => name !== undefined))
        : [],
  )
  const attributes = [...new Set(names)].sort().map((name) => `\`${name}\``)
  const shown = attributes.length > 4 ? [...attributes.slice(0, 4), `${attributes.length - 4} more`] : attributes
  if (attributes.length === 0) return 'they need different events from outside'
  return `no values of ${shown.join(', ')} let both act${reasons.some(({ is }) => is === 'event') ? ', or no event from outside' : ''}`
}

/** The id, and in brackets what its author calls it where the id does not say so. */
export const nameIn =
  ({ rule }: ConflictStructure) =>
  (id: string): string => {
    const name = rule.get(id)?.automation.name ?? ''
    return name === '' || id.endsWith(name) ? `\`${id}\`` : `\`${id}\` (${name})`
  }

const meeting = (
  kind: ConflictKind,
  subject: ConflictSubject,
  decision: Decision,
): 'same-event' | 'same-reaction' | 'coincidence' | undefined => {
  if (decision.is !== 'run') return undefined
  // What two reactions leave together needs two events from outside.
  if ((subject.standing === true && decision.sameReaction !== true) || kind.badOfTwo !== undefined) return 'coincidence'
  return decision.sameEvent ? 'same-event' : 'same-reaction'
}

const distinctLocations = (locations: readonly Location[]): readonly Location[] => {
  const some = [...new Set(locations)]
  return some.length < 2 ? some : [...new Map(some.map((location) => [locationKey(location), location])).values()]
}

const keysOnce = new WeakMap<Location, string>()

const locationKey = (location: Location): string => {
  const known = keysOnce.get(location) ?? JSON.stringify(location)
  keysOnce.set(location, known)
  return known
}

/** Eight hexadecimal digits that stay the same while kind and subject do (FNV-1a, 32 bits twice). */
export const fingerprintOf = (text: string): string => {
  const hash = (seed: number): string => {
    let value = seed
    for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
    return value.toString(16).padStart(8, '0')
  }
  return `${hash(0x811c9dc5).slice(0, 4)}-${hash(0x9747b28c).slice(0, 4)}`
}
