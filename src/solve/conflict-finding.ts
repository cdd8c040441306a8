/** From what was decided about a question to the finding that the report lists. */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Finding, ConflictVerdict, Run, TraceLine } from '../model/conflict.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, OutsideKind } from '../../constraints/reaction.ts'
import type { Analysis, Question } from './conflict-analysis.ts'

export type Decision =
  | {
      readonly is: 'structure'
      readonly holds: boolean
      readonly argument: 'no-live-writer' | 'single-writer' | 'unreachable' | 'nothing-provides' | 'same-values'
      readonly facts: readonly string[]
      readonly why: string
    }
  | { readonly is: 'refuted'; readonly script: string; readonly invariants: readonly { readonly says: string; readonly text: string }[] }
  | { readonly is: 'run'; readonly run: Run; readonly trace: readonly TraceLine[]; readonly sameEvent: boolean }
  | { readonly is: 'open'; readonly why: string }

/** Whether the decision clears the subject of what the kind speaks of. */
const clears = ({ shownBy }: ConflictKind, decision: Decision): boolean => {
  switch (decision.is) {
    case 'structure':
      return !decision.holds
    case 'refuted':
      return shownBy === 'run'
    case 'run':
      return shownBy === 'proof'
    case 'open':
      return false
  }
}

export const findingOf = ({ context }: Analysis, { kind, subject }: Question, decision: Decision): Finding => {
  const meets = kind.shownBy === 'run' ? meeting(subject, decision) : undefined
  const base = {
    kind: kind.id,
    id: kind.number,
    severity: kind.severity(meets ?? (subject.standing === true ? 'coincidence' : 'same-event')),
    subject: subject.key,
    rules: subject.rules,
    locations: distinctLocations(subject.at),
    text: kind.text(subject, clears(kind, decision)),
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
    case 'refuted': {
      const scripts = [{ says: base.text, text: decision.script }, ...decision.invariants]
      // A refutation clears a kind that a run shows, and shows a kind that a proof shows.
      return { ...base, verdict: holds(kind.shownBy === 'proof'), certificate: { is: 'refutation', scripts } }
    }
    case 'run': {
      const leansOn = partsIn(context.structure, decision.run)
      if (kind.shownBy === 'proof' && leansOn.length > 0)
        return { ...base, severity: 'relation', verdict: 'unknown', leansOn, why: 'only what is not modelled is known to bring it to run' }
      const verdict = leansOn.length > 0 ? 'possible' : holds(kind.shownBy === 'run')
      return { ...base, verdict, checkedBy: 'interpreter', run: decision.run, trace: decision.trace, leansOn }
    }
    case 'open':
      return { ...base, verdict: 'unknown', why: decision.why }
  }
}

/** The part that an event from outside leans on: a trigger that is not modelled, or one that may carry anything. */
export const pulledPart = (structure: ConflictStructure, event: OutsideKind): string | undefined => {
  if (event.is !== 'pull') return undefined
  const trigger = structure.rule.get(event.automation)?.automation.triggers[event.trigger]
  if (trigger?.on === 'unmodelled') return trigger.part
  if (trigger?.on !== 'outside' || trigger.payload.is !== 'any') return undefined
  const { part } = trigger.payload
  return structure.behaviour.applications.some((application) => application.unmodelled.some(({ id }) => id === part)) ? part : undefined
}

/** Unmodelled parts that decide something in the run, sorted. */
const partsIn = (structure: ConflictStructure, run: Run): readonly string[] => {
  const chosen = run.choices.flatMap((choice) => (choice.is === 'order' || structure.attributes.has(choice.part) ? [] : [choice.part]))
  const pulled = run.events
    .map((event) => (event.is === 'pull' ? pulledPart(structure, event) : undefined))
    .filter((part) => part !== undefined)
  return [...new Set([...chosen, ...pulled])].sort()
}

const meeting = (subject: ConflictSubject, decision: Decision): 'same-event' | 'same-reaction' | 'coincidence' | undefined => {
  if (decision.is !== 'run') return undefined
  // What two reactions leave together needs two events from outside.
  if (subject.standing === true) return 'coincidence'
  return decision.sameEvent ? 'same-event' : 'same-reaction'
}

const distinctLocations = (locations: readonly Location[]): readonly Location[] => {
  const seen = new Map(locations.map((location) => [JSON.stringify(location), location]))
  return [...seen.values()]
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
