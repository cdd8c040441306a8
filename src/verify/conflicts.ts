/** Checks findings of conflict analysis without believing who found them: replays runs, decides structure again, explores what is small. */
import type { Behaviour } from '../model/automation.ts'
import type { ConflictCheckedBy, DisjointReason, Finding, Run } from '../model/conflict.ts'
import { coneOf } from './cone.ts'
import { runKinds, staticKinds } from './conflict/checkers.ts'
import type { PossibleCommand, RunKind, Subject } from './conflict/commands.ts'
import { attributesOf, valuesOf } from './conflict/commands.ts'
import { notDisjoint } from './conflict/disjoint-commands.ts'
import { notDangling } from './conflict/dangling-reference.ts'
import { isDead, partsOf, showsAlive } from './conflict/dead-rule.ts'
import type { Part } from './conflict/dead-rule.ts'
import { couldStand, leavesStanding, oppositeActuation } from './conflict/opposite-actuation.ts'
import type { EnumerationLimits } from './enumerate.ts'
import { enumerateReactions, smallLimits } from './enumerate.ts'
import type { Reaction } from './interpreter.ts'
import { replay } from './interpreter.ts'
import { livenessOf } from './liveness.ts'
import { isTimedClaim, timedCheckOf, verifyTimedFinding } from './timed-findings.ts'
import { couldActTogether } from './together.ts'
import { commanders, partsBefore } from './leaning.ts'
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

/** Whether findings of the kind claim something of every reaction: `conflict` says that it holds, `proved` that a run refutes it. */
export const isClaim = (id: string): boolean =>
  id === 'K17' || isTimedClaim(id) || runKinds.some((kind) => kind.id === id && kind.claim === true)

/** What only looking at every reaction of a cone can tell. */
interface Exploration {
  readonly cone: Behaviour
  readonly shows: (reaction: Reaction) => boolean
  readonly shown: string
  readonly open: string
}

/** Decides a finding again from the behaviour, its run and its certificate. */
export function verifyFinding(behaviour: Behaviour, finding: Finding, limits: EnumerationLimits = smallLimits): CheckedFinding {
  return verifyFindings(behaviour, [finding], limits)[0]!
}

/** Decides every finding, in order; a cone that several are about is explored once. What is not decided when `late` says yes stays undecided. */
export function verifyFindings(
  behaviour: Behaviour,
  findings: readonly Finding[],
  limits: EnumerationLimits = smallLimits,
  late: () => boolean = () => false,
): readonly CheckedFinding[] {
  const decided: (CheckedFinding | Exploration)[] = []
  // Findings that one run shows one after the other: it is replayed once.
  for (const at of byRun(findings)) decided[at] = late() ? undecided(TOO_LATE) : decide(behaviour, findings[at]!)
  const byCone = new Map<Behaviour, Set<Exploration>>()
  const needed = new Set<Behaviour>()
  for (const [at, one] of decided.entries()) {
    if (!('cone' in one)) continue
    byCone.set(one.cone, (byCone.get(one.cone) ?? new Set<Exploration>()).add(one))
    if (findings[at]!.certificate?.is !== 'refutation') needed.add(one.cone)
  }
  const explored = new Map<Exploration, CheckedFinding>()
  let left = TOTAL * limits.reactions
  // What no solver has refuted comes first: it has nobody else to speak for it.
  const ahead = [...byCone].sort(([a], [b]) => Number(needed.has(b)) - Number(needed.has(a)))
  for (const [cone, asked] of ahead) {
    if (late()) {
      for (const one of asked) explored.set(one, undecided(TOO_LATE))
      continue
    }
    const waiting = new Set(asked)
    let seen = 0
    const result = enumerateReactions(cone, { ...limits, reactions: Math.min(limits.reactions, left) }, (reaction) => {
      if (++seen % OFTEN === 0 && late()) return 'stop'
      for (const one of waiting) {
        if (!one.shows(reaction)) continue
        explored.set(one, wrong('enumeration', one.shown))
        waiting.delete(one)
      }
      return waiting.size === 0 ? 'stop' : undefined
    })
    left -= seen
    for (const one of waiting)
      explored.set(
        one,
        result.complete
          ? { agrees: true, checkedBy: 'enumeration' }
          : undecided(`${one.open}, and exploring it is no proof: ${result.why}`),
      )
  }
  return decided.map((one) => ('cone' in one ? explored.get(one)! : one))
}

/** Places in the list, those of one run together. */
function byRun(findings: readonly Finding[]): readonly number[] {
  const places = new Map<Run | undefined, number[]>()
  for (const [at, { run }] of findings.entries()) {
    const list = places.get(run)
    if (list === undefined) places.set(run, [at])
    else list.push(at)
  }
  return [...places.values()].flat()
}

const TOO_LATE = 'the time for the whole check is used up'

/** Reactions after which the time is looked at. */
const OFTEN = 64

/** Explorations at their limit that all findings of one call together may take: what comes later stays undecided. */
const TOTAL = 1

function decide(behaviour: Behaviour, finding: Finding): CheckedFinding | Exploration {
  if (finding.verdict === 'unknown') return { agrees: true, checkedBy: 'nobody' }
  if (finding.id === 'K0') return verifyDangling(behaviour, finding)
  if (finding.id === 'K17') return verifyDead(behaviour, finding)
  const timed = timedCheckOf(behaviour, finding)
  if (timed !== undefined) return verifyTimedFinding(behaviour, finding, timed)
  const stated = finding.certificate?.is === 'structure' && finding.certificate.argument === 'static'
  const fact = staticKinds.find(({ id }) => id === finding.id && (stated || !runKinds.some((kind) => kind.id === id)))
  if (fact !== undefined) {
    const holds = fact.holds(behaviour, finding)
    return holds === (finding.verdict !== 'proved')
      ? { agrees: true, checkedBy: 'structure' }
      : wrong('structure', 'the model does not say so')
  }
  const kind = runKinds.find(({ id }) => id === finding.id)
  if (kind === undefined) return undecided(`nobody here knows the kind \`${finding.id}\``)
  const { rules, actuator } = finding
  const standing = kind === oppositeActuation && finding.subject.endsWith(' (standing)')
  const subject: Subject = { rules, standing, key: finding.subject, ...(actuator === undefined ? {} : { actuator }) }
  const nowhere = unknownName(behaviour, subject)
  if (nowhere !== undefined) return wrong('structure', nowhere)
  if (finding.certificate?.is === 'disjoint') {
    const why =
      finding.verdict === 'proved'
        ? whyNotParted(behaviour, kind, subject, finding.certificate.reasons)
        : 'its certificate is one of a proof'
    return why === undefined ? { agrees: true, checkedBy: 'structure' } : wrong('structure', why)
  }
  if ((finding.verdict === 'proved') !== (kind.claim === true)) return verifyProof(behaviour, kind, subject)
  return verifyRun(behaviour, finding, coneOfSubject(behaviour, subject, kind), (reaction, by, earlier) =>
    standing ? standingAt(behaviour, reaction, by, subject) : kind.shows(behaviour, reaction, subject, earlier, by),
  )
}

/** Whether the reasons part the two rules of the subject wherever they could command incompatible values in one reaction. */
export function partedBy(
  behaviour: Behaviour,
  id: string,
  { rules, attribute }: { readonly rules: readonly string[]; readonly attribute?: string },
  reasons: readonly DisjointReason[],
): boolean {
  const kind = runKinds.find((one) => one.id === id)
  return (
    kind !== undefined && attribute !== undefined && whyNotParted(behaviour, kind, { rules, actuator: attribute }, reasons) === undefined
  )
}

/** Why the reasons do not show it; only kinds of two commands in one reaction can be shown so. */
function whyNotParted(behaviour: Behaviour, kind: RunKind, subject: Subject, reasons: readonly DisjointReason[]): string | undefined {
  const { actuator, rules } = subject
  const [first = '', second = ''] = rules
  if (kind.pair !== true || kind.couldShow === undefined || subject.standing === true || actuator === undefined)
    return 'such a certificate does not show this'
  if (!indexOf(behaviour).attributes.has(actuator)) return `no attribute is called \`${actuator}\``
  const couldShow = kind.couldShow
  return notDisjoint(behaviour, [first, second], actuator, reasons, (a, b) =>
    couldShow(
      behaviour,
      [
        { attribute: actuator, automation: first, ...(a === undefined ? {} : { values: a }) },
        { attribute: actuator, automation: second, ...(b === undefined ? {} : { values: b }) },
      ],
      subject,
    ),
  )
}

/** What stands stands at the end, whatever was asked on the way. */
const standingAt = (behaviour: Behaviour, reaction: Reaction, by: ReadonlyMap<string, string>, subject: Subject): number | undefined =>
  leavesStanding(behaviour, reaction, by, subject) ? reaction.asked.length : undefined

/** Everything that can influence whether the rules show it: for what stands, all that may command the members as well. */
function coneOfSubject(behaviour: Behaviour, subject: Subject, kind: RunKind | undefined): Behaviour {
  const spoken = kind?.speaksOf?.(behaviour, subject)
  const members = subject.standing === true ? attributesOf(behaviour, subject) : spoken === undefined ? undefined : new Set(spoken)
  const others = indexOf(behaviour).automations.flatMap(({ automation }) =>
    automation.steps.some((step) =>
      step.do === 'set'
        ? members?.has(step.attribute) === true
        : step.do === 'unmodelled' && step.writes.some((id) => members?.has(id) === true),
    )
      ? [automation.id]
      : [],
  )
  return coneOf(behaviour, [...subject.rules, ...others])
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

type Shows = (reaction: Reaction, by: ReadonlyMap<string, string>, earlier: readonly Reaction[]) => number | undefined

/** The run is admissible, shows what the finding says, and leans on unmodelled parts only where the finding admits it. */
function verifyRun(behaviour: Behaviour, finding: Finding, cone: Behaviour, shows: Shows): CheckedFinding {
  if (finding.run === undefined) return wrong('interpreter', 'it has no run')
  const shown = shownBy(behaviour, finding.run, cone, shows)
  if (typeof shown === 'string') return wrong('interpreter', shown)
  if (finding.verdict === 'possible') return { agrees: true, checkedBy: 'interpreter' }
  const part = shown.find((one) => finding.verdict === 'conflict' || !finding.leansOn.includes(one))
  return part === undefined
    ? { agrees: true, checkedBy: 'interpreter' }
    : wrong(
        'interpreter',
        `its run leans on \`${part}\`, which is not modelled: ${finding.verdict === 'conflict' ? 'it is possible, no more' : 'it does not say so'}`,
      )
}

/** The parts on which it depends that the run shows it, fewest first found; or why the run does not show it. */
function shownBy(behaviour: Behaviour, run: Run, cone: Behaviour, shows: Shows): readonly string[] | string {
  const { reactions, diagnostics } = replay(behaviour, run)
  if (diagnostics[0] !== undefined) return `its run is none of this behaviour: ${diagnostics[0].message}`
  const by = commanders(behaviour, run, reactions)
  for (const [at, reaction] of reactions.entries()) {
    const asked = shows(reaction, by[at]!, reactions.slice(0, at))
    // What comes later in the run can only have asked more.
    if (asked !== undefined) return partsBefore(cone, run, reactions, { reaction: at, asked })
  }
  return 'its run does not show it'
}

/** The unmodelled parts on which it depends that the run shows the finding: none where they could answer anything. */
export function leansOnOf(
  behaviour: Behaviour,
  finding: Pick<Finding, 'id' | 'subject' | 'rules' | 'actuator'>,
  run: Run,
): readonly string[] {
  const { id, rules, actuator } = finding
  const named = { rules, ...(actuator === undefined ? {} : { actuator }) }
  const kind = runKinds.find((one) => one.id === id)
  const standing = kind === oppositeActuation && finding.subject.endsWith(' (standing)')
  const subject: Subject = { ...named, standing, key: finding.subject }
  const parts = partsOf(behaviour, rules, [finding.subject])
  const shown = shownBy(behaviour, run, coneOfSubject(behaviour, subject, kind), (reaction, by, earlier) => {
    if (standing) return standingAt(behaviour, reaction, by, subject)
    return kind === undefined ? firstAlive(reaction, parts) : kind.shows(behaviour, reaction, subject, earlier, by)
  })
  return typeof shown === 'string' ? [] : shown
}

/** The structure rules it out, or all reactions of what can influence it are to be looked at. Which argument the certificate gives makes no difference. */
function verifyProof(behaviour: Behaviour, kind: RunKind, subject: Subject): CheckedFinding | Exploration {
  const meant = attributesOf(behaviour, subject)
  const { all, byAttribute } = commandsIn(behaviour)
  const commands = meant === undefined ? all : [...meant].flatMap((attribute) => byAttribute.get(attribute) ?? [])
  if (subject.standing === true) {
    if (!couldStand(behaviour, commands, subject)) return { agrees: true, checkedBy: 'structure' }
    return undecided('both may be commanded, and what stands after many reactions is not explored here')
  }
  if (kind.couldShow?.(behaviour, commands, subject) === false) return { agrees: true, checkedBy: 'structure' }
  const [first, second] = subject.rules
  if (kind.pair === true && first !== undefined && second !== undefined && !couldActTogether(behaviour, first, second))
    return { agrees: true, checkedBy: 'structure' }
  if (kind.standing === true) return undecided('values that stand are not explored here')
  if (kind.overTwo === true) return undecided('two reactions that follow each other are not explored here')
  const writers = commands
    .filter(({ automation }) => subject.rules.length === 0 || subject.rules.includes(automation))
    .map(({ automation }) => automation)
  const cone = coneOf(behaviour, kind.couldShow === undefined ? subject.rules : writers)
  return {
    cone,
    shows: (reaction) => kind.shows(cone, reaction, subject, [], new Map()) !== undefined,
    shown: 'a reaction shows it',
    open: 'the structure does not rule it out',
  }
}

interface PossibleCommands {
  readonly all: readonly PossibleCommand[]
  readonly byAttribute: ReadonlyMap<string, readonly PossibleCommand[]>
}

const commandsOnce = new WeakMap<Behaviour, PossibleCommands>()

/** What everything alive may command. */
function commandsIn(behaviour: Behaviour): PossibleCommands {
  const before = commandsOnce.get(behaviour)
  if (before !== undefined) return before
  const all = livenessOf(behaviour).writes.map(({ attribute, automation, value }) => ({ attribute, automation, ...valuesOf(value) }))
  const byAttribute = new Map<string, PossibleCommand[]>()
  for (const command of all) {
    const list = byAttribute.get(command.attribute)
    if (list === undefined) byAttribute.set(command.attribute, [command])
    else list.push(command)
  }
  const made = { all, byAttribute }
  commandsOnce.set(behaviour, made)
  return made
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

const firstAlive = (reaction: Reaction, parts: readonly Part[]): number | undefined => {
  const asked = parts.map((part) => showsAlive(reaction, part)).filter((one) => one !== undefined)
  return asked.length === 0 ? undefined : Math.min(...asked)
}

/** K17 is shown by a proof and refuted by a run: `conflict` says that the rule is dead, `proved` that it lives. */
function verifyDead(behaviour: Behaviour, finding: Finding): CheckedFinding | Exploration {
  const nowhere = unknownName(behaviour, { rules: finding.rules })
  if (nowhere !== undefined) return wrong('structure', nowhere)
  const facts = finding.certificate?.is === 'structure' ? finding.certificate.facts : []
  const parts = partsOf(behaviour, finding.rules, [...facts, finding.subject])
  if (parts.length === 0) return wrong('structure', 'it names no rule')
  if (finding.verdict === 'proved')
    return verifyRun(behaviour, finding, coneOf(behaviour, finding.rules), (reaction) => firstAlive(reaction, parts))
  const liveness = livenessOf(behaviour)
  const living = parts.filter((part) => !isDead(liveness, part))
  if (living.length === 0) return { agrees: true, checkedBy: 'structure' }
  return {
    cone: coneOf(
      behaviour,
      living.map(({ rule }) => rule).filter((rule) => liveness.automations.has(rule)),
    ),
    shows: (reaction) => firstAlive(reaction, living) !== undefined,
    shown: 'a run starts it',
    open: 'the structure does not show it dead',
  }
}
