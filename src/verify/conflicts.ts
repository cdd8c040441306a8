/** Checks findings of conflict analysis without believing who found them: replays runs, decides structure again, explores what is small. */
import type { Behaviour } from '../model/automation.ts'
import type { ConflictCheckedBy, Finding } from '../model/conflict.ts'
import { coneOf } from './cone.ts'
import type { RunKind, Subject } from './conflict/commands.ts'
import { valuesOf } from './conflict/commands.ts'
import { contradictionInsideRun } from './conflict/contradiction-inside-run.ts'
import { notDangling } from './conflict/dangling-reference.ts'
import { isDead, partsOf, showsAlive } from './conflict/dead-rule.ts'
import type { Part } from './conflict/dead-rule.ts'
import { inconsistentValues } from './conflict/inconsistent-values.ts'
import { oppositeActuation } from './conflict/opposite-actuation.ts'
import type { EnumerationLimits } from './enumerate.ts'
import { enumerateReactions, smallLimits } from './enumerate.ts'
import type { Reaction } from './interpreter.ts'
import { replay } from './interpreter.ts'
import { livenessOf } from './liveness.ts'
import type { Liveness } from './liveness.ts'
import { indexOf } from './behaviour-index.ts'

/**
 * `agrees: true`: the verdict holds, and `checkedBy` tells how it was decided here. `agrees: false` with `checkedBy: 'nobody'`: this room could not decide it
 * (a refutation that only solvers can repeat); with any other `checkedBy`: the verdict is wrong.
 */
export interface CheckedFinding {
  readonly agrees: boolean
  readonly checkedBy: ConflictCheckedBy
  readonly why?: string
}

const runKinds: readonly RunKind[] = [oppositeActuation, inconsistentValues, contradictionInsideRun]

/** Decides a finding again from the behaviour, its run and its certificate. */
export function verifyFinding(behaviour: Behaviour, finding: Finding, limits: EnumerationLimits = smallLimits): CheckedFinding {
  if (finding.verdict === 'unknown') return { agrees: true, checkedBy: 'nobody' }
  if (finding.id === 'K0') return verifyDangling(behaviour, finding)
  if (finding.id === 'K17') return verifyDead(behaviour, finding, limits)
  const kind = runKinds.find(({ id }) => id === finding.id)
  if (kind === undefined) return undecided(`nobody here knows the kind \`${finding.id}\``)
  const subject: Subject = { rules: finding.rules, ...(finding.actuator === undefined ? {} : { actuator: finding.actuator }) }
  const nowhere = unknownName(behaviour, subject)
  if (nowhere !== undefined) return wrong('structure', nowhere)
  return finding.verdict === 'proved'
    ? verifyProof(behaviour, kind, subject, limits)
    : verifyRun(behaviour, finding, (reaction) => kind.shows(behaviour, reaction, subject))
}

const undecided = (why: string): CheckedFinding => ({ agrees: false, checkedBy: 'nobody', why })
const wrong = (checkedBy: ConflictCheckedBy, why: string): CheckedFinding => ({ agrees: false, checkedBy, why })

function unknownName(behaviour: Behaviour, { actuator, rules }: Subject): string | undefined {
  const index = indexOf(behaviour)
  const rule = rules.find((id) => !index.byId.has(id))
  if (rule !== undefined) return `no automation is called \`${rule}\``
  if (actuator === undefined || index.attributes.has(actuator) || behaviour.exclusions.some(({ name }) => name === actuator))
    return undefined
  return `no attribute and no exclusion is called \`${actuator}\``
}

/** The run is admissible, shows what the finding says, and leans on unmodelled parts only where the verdict admits it. */
function verifyRun(behaviour: Behaviour, finding: Finding, shows: (reaction: Reaction) => boolean): CheckedFinding {
  if (finding.run === undefined) return wrong('interpreter', 'it has no run')
  const { reactions, diagnostics } = replay(behaviour, finding.run)
  if (diagnostics[0] !== undefined) return wrong('interpreter', `its run is none of this behaviour: ${diagnostics[0].message}`)
  if (!reactions.some(shows)) return wrong('interpreter', 'its run does not show it')
  const part = finding.verdict === 'possible' ? undefined : unmodelledPart(behaviour, finding)
  return part === undefined
    ? { agrees: true, checkedBy: 'interpreter' }
    : wrong('interpreter', `its run leans on \`${part}\`, which is not modelled: it is possible, no more`)
}

/** The first unmodelled part that decides something in the run. Which initial value a helper takes after a restart is no such part. */
function unmodelledPart(behaviour: Behaviour, { run }: Finding): string | undefined {
  const { byId, attributes } = indexOf(behaviour)
  for (const choice of run?.choices ?? []) if (choice.is !== 'order' && !attributes.has(choice.part)) return choice.part
  for (const event of run?.events ?? []) {
    const trigger = event.is === 'pull' ? byId.get(event.automation)?.automation.triggers[event.trigger] : undefined
    if (trigger?.on === 'unmodelled') return trigger.part
    if (
      trigger?.on === 'outside' &&
      trigger.payload.is === 'any' &&
      behaviour.applications.some((one) => one.unmodelled.some(({ id }) => id === partOf(trigger.payload)))
    ) {
      return partOf(trigger.payload)
    }
  }
  return undefined
}

const partOf = (payload: { readonly is: string; readonly part?: string }): string | undefined => payload.part

/** The structure rules it out, or all reactions of what can influence it were looked at. Which argument the certificate gives makes no difference. */
function verifyProof(behaviour: Behaviour, kind: RunKind, subject: Subject, limits: EnumerationLimits): CheckedFinding {
  const liveness = livenessOf(behaviour)
  const meant = attributesOf(behaviour, subject)
  const commands = liveness.writes
    .filter(({ attribute }) => meant === undefined || meant.has(attribute))
    .map(({ attribute, automation, value }) => ({ attribute, automation, ...valuesOf(value) }))
  if (!kind.couldShow(behaviour, commands, subject)) return { agrees: true, checkedBy: 'structure' }
  const writers = commands
    .filter(({ automation }) => subject.rules.length === 0 || subject.rules.includes(automation))
    .map(({ automation }) => automation)
  const cone = coneOf(behaviour, writers)
  const explored = enumerateReactions(cone, limits, (reaction) => (kind.shows(cone, reaction, subject) ? 'stop' : undefined))
  if (explored.complete) return { agrees: true, checkedBy: 'enumeration' }
  return explored.stopped
    ? wrong('enumeration', 'a reaction shows it')
    : undecided(`the structure does not rule it out, and exploring it is no proof: ${explored.why}`)
}

/** The attributes whose commands the subject speaks of: the actuator and all that stand in an exclusion with it; undefined for all. */
function attributesOf(behaviour: Behaviour, { actuator }: Subject): ReadonlySet<string> | undefined {
  if (actuator === undefined) return undefined
  const joined = behaviour.exclusions.filter(
    ({ name, members }) => name === actuator || members.some(({ attribute }) => attribute === actuator),
  )
  return new Set([actuator, ...joined.flatMap(({ members }) => members.map(({ attribute }) => attribute))])
}

function verifyDangling(behaviour: Behaviour, finding: Finding): CheckedFinding {
  const facts = finding.certificate?.is === 'structure' ? finding.certificate.facts : []
  const listed = new Set(behaviour.applications.flatMap(({ dangling }) => dangling.map(({ id }) => id)))
  if (finding.verdict === 'proved') return wrong('structure', 'a name that dangles is a conflict, one that does not is no finding')
  // Facts may name the automations that use it besides.
  const why = notDangling(
    behaviour,
    facts.filter((fact) => listed.has(fact) || !indexOf(behaviour).byId.has(fact)),
  )
  return why === undefined ? { agrees: true, checkedBy: 'structure' } : wrong('structure', why)
}

/** K17 is shown by a proof and refuted by a run: `conflict` says that the rule is dead, `proved` that it lives. */
function verifyDead(behaviour: Behaviour, finding: Finding, limits: EnumerationLimits): CheckedFinding {
  const nowhere = unknownName(behaviour, { rules: finding.rules })
  if (nowhere !== undefined) return wrong('structure', nowhere)
  const facts = finding.certificate?.is === 'structure' ? finding.certificate.facts : []
  const parts = partsOf(behaviour, finding.rules, [...facts, finding.subject])
  if (parts.length === 0) return wrong('structure', 'it names no rule')
  if (finding.verdict === 'proved') return verifyRun(behaviour, finding, (reaction) => parts.some((part) => showsAlive(reaction, part)))
  const liveness = livenessOf(behaviour)
  const living = parts.filter((part) => !isDead(liveness, part))
  return living.length === 0 ? { agrees: true, checkedBy: 'structure' } : exploreDead(behaviour, liveness, living, limits)
}

function exploreDead(behaviour: Behaviour, liveness: Liveness, parts: readonly Part[], limits: EnumerationLimits): CheckedFinding {
  const cone = coneOf(
    behaviour,
    parts.map(({ rule }) => rule).filter((rule) => liveness.automations.has(rule)),
  )
  const explored = enumerateReactions(cone, limits, (reaction) => (parts.some((part) => showsAlive(reaction, part)) ? 'stop' : undefined))
  if (explored.complete) return { agrees: true, checkedBy: 'enumeration' }
  return explored.stopped
    ? wrong('enumeration', 'a run starts it')
    : undecided(`the structure does not show it dead, and exploring it is no proof: ${explored.why}`)
}
