/** Checks findings of the kinds that speak of time: replays their runs and looks whether they show it; of proofs, that nothing is missing from them. */
import type { Behaviour } from '../model/automation.ts'
import type { ConflictCertificate, ConflictCheckedBy, Finding } from '../model/conflict.ts'
import { assuming, assumptionNamed } from '../model/timed-assumption.ts'
import { isTimedRun, type TimedRun } from '../model/timed-run.ts'
import { indexOf } from './behaviour-index.ts'
import { coneOf } from './cone.ts'
import { runKinds } from './conflict/checkers.ts'
import { partsBefore } from './leaning.ts'
import { replayTimed } from './timed-interpreter.ts'
import { physicsOf } from './timed-physics.ts'
import { timedChecks } from './timed/checks.ts'
import { courseOf, type TimedCheck, type TimedSubject } from './timed/course.ts'

/** Told by the kind that it is a finding of, in another behaviour. */
const underAssumption: TimedCheck = { id: 'K33', shows: () => undefined }

type About = Pick<Finding, 'id' | 'subject' | 'rules' | 'actuator' | 'window'>

interface Checked {
  readonly agrees: boolean
  readonly checkedBy: ConflictCheckedBy
  readonly why?: string
}

/** The kind of time that decides the finding; nothing where it is none of time. */
export function timedCheckOf(behaviour: Behaviour, { id, subject, run, certificate }: Finding): TimedCheck | undefined {
  const check = id === 'K33' ? underAssumption : timedChecks.find((one) => one.id === id)
  const timed =
    (run !== undefined && isTimedRun(run)) ||
    certificate?.is === 'induction' ||
    !runKinds.some((kind) => kind.id === id) ||
    behaviour.environment?.timed?.some((property) => property.id === subject) === true
  return timed ? check : undefined
}

/** A finding of K33 is one of another kind under an assumption: `late 600000 | K5 | temperature @ room: a b`. */
function assumed(behaviour: Behaviour, about: About): { readonly behaviour: Behaviour; readonly about: About } | undefined {
  const [name = '', id, ...subject] = about.subject.split(' | ')
  const assumption = assumptionNamed(name)
  if (assumption === undefined || id === undefined || id === 'K33') return undefined
  const known = variants.get(behaviour) ?? new Map<string, Behaviour>()
  variants.set(behaviour, known)
  const variant = known.get(name) ?? assuming(behaviour, assumption)
  known.set(name, variant)
  return { behaviour: variant, about: { ...about, id, subject: subject.join(' | ') } }
}

// INVARIANT: a behaviour and the name of an assumption are values, so the same ones give the same behaviour.
const variants = new WeakMap<Behaviour, Map<string, Behaviour>>()

/** Whether findings of the kind claim something of every run: `conflict` says that it holds, `proved` that a run refutes it. */
export const isTimedClaim = (id: string): boolean => timedChecks.some((check) => check.id === id && check.claim === true)

export function verifyTimedFinding(behaviour: Behaviour, finding: Finding, check: TimedCheck): Checked {
  const unknown = finding.rules.find((rule) => !indexOf(behaviour).byId.has(rule))
  if (unknown !== undefined) return wrong('structure', `no automation is called \`${unknown}\``)
  if ((finding.verdict === 'proved') !== (check.claim === true)) return verifyProof(finding.certificate)
  if (finding.run === undefined || !isTimedRun(finding.run)) return wrong('interpreter', 'it has no run in time')
  const shown = showsInTime(behaviour, finding, finding.run)
  if (typeof shown === 'string') return wrong('interpreter', shown)
  const leaning =
    finding.verdict === 'possible' ? undefined : shown.find((part) => finding.verdict === 'conflict' || !finding.leansOn.includes(part))
  return leaning === undefined
    ? { agrees: true, checkedBy: 'interpreter' }
    : wrong('interpreter', `its run leans on \`${leaning}\`, which is not modelled: it is possible, no more`)
}

/** The unmodelled parts on which it depends that the run shows the finding (of a claim: refutes it); or why it does not. */
export function showsInTime(behaviour: Behaviour, about: About, run: TimedRun): readonly string[] | string {
  if (about.id === 'K33') {
    const under = assumed(behaviour, about)
    return under === undefined ? 'it names no assumption that is known' : showsInTime(under.behaviour, under.about, run)
  }
  const check = timedChecks.find(({ id }) => id === about.id)
  if (check === undefined) return `nobody here knows the kind \`${about.id}\``
  const replayed = replayTimed(behaviour, run)
  const course = courseOf(behaviour, replayed)
  if (course === undefined || replayed.diagnostics[0] !== undefined)
    return `its run is none of this behaviour: ${replayed.diagnostics[0]?.message ?? ''}`
  const { rules, actuator, window } = about
  const subject: TimedSubject = {
    ...{ rules, key: about.subject },
    ...(actuator === undefined ? {} : { actuator }),
    ...(window === undefined ? {} : { window }),
  }
  const at = check.shows(course, subject)
  if (at === undefined) return 'its run does not show it'
  const reactions = replayed.reactions.map(({ reaction }) => reaction)
  return partsBefore(coneOfSubject(behaviour, about), run, reactions, { reaction: at, asked: reactions[at]?.asked.length ?? 0 })
}

/** All that can influence the rules, who else commands the actuator, and what drives a quantity. */
function coneOfSubject(behaviour: Behaviour, { rules, actuator }: About): Behaviour {
  const drivers = [...physicsOf(behaviour).quantities.values()].flatMap(({ drivers: all }) =>
    all.flatMap(({ effect, open }) => [effect.attribute, ...open.map(({ attribute }) => attribute)]),
  )
  const spoken = new Set([...drivers, ...(actuator === undefined ? [] : [actuator])])
  const writers = indexOf(behaviour).automations.flatMap(({ automation }) =>
    automation.steps.some(
      (step) => (step.do === 'set' && spoken.has(step.attribute)) || (step.do === 'unmodelled' && step.writes.some((id) => spoken.has(id))),
    )
      ? [automation.id]
      : [],
  )
  return coneOf(behaviour, [...rules, ...writers])
}

/** What an induction must show, each by a script of its own: it begins, it goes on, it excludes. */
function verifyProof(certificate: ConflictCertificate | undefined): Checked {
  if (certificate === undefined) return wrong('structure', 'it has no certificate')
  if (certificate.is === 'induction') {
    const { depth, invariant, scripts, method } = certificate
    if (!Number.isInteger(depth) || depth < 1) return wrong('structure', `an induction over ${depth} reactions is none`)
    if ((method === 'k-induction') !== depth > 1)
      return wrong('structure', `a proof by ${method} does not look at ${depth} reactions in a row`)
    // Without an invariant it begins and goes on by itself; several reactions in a row have a beginning of their own.
    const least = (invariant.length === 0 ? 1 : 3) + (depth > 1 ? 1 : 0)
    if (scripts.length < least) return wrong('structure', `it has ${scripts.length} scripts, and needs ${least}`)
    const odd = scripts.find(({ text }) => !isQuestion(text))
    if (odd !== undefined) return wrong('structure', `the script that says "${odd.says}" asks nothing`)
    const texts = new Set(scripts.map(({ text }) => text))
    if (texts.size !== scripts.length) return wrong('structure', 'two of its scripts are one')
  }
  return { agrees: false, checkedBy: 'nobody', why: 'that its scripts have no solution is for solvers to say' }
}

/** It asserts something, asks once, and at the end. */
const isQuestion = (text: string): boolean => text.includes('(assert') && text.split('(check-sat)').length === 2

const wrong = (checkedBy: ConflictCheckedBy, why: string): Checked => ({ agrees: false, checkedBy, why })
