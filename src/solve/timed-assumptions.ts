/** K33: asks the kinds that speak of time again of a world in which reports are late or a thing is offline, and lists what shows only there. */
import type { TimedKind, TimedOptions } from '../../constraints/timed.ts'
import { timedDefaults } from '../../constraints/timed.ts'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import { span } from '../../constraints/timed/pairs.ts'
import { underAssumption } from '../../constraints/timed/under-assumption.ts'
import type { Behaviour } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import { assuming, assumptionName, type TimedAssumption } from '../model/timed-assumption.ts'
import type { ConflictLimits } from './check-conflicts.ts'
import { checkTimed, type CheckedTimed } from './check-timed.ts'
import { fingerprintOf } from './conflict-finding.ts'
import type { Solvers } from './solvers.ts'
import { connectedTo } from './timed-connected.ts'

const LATE = 600_000
/** Things that are taken offline, one after the other. */
const MOST_OFFLINE = 6

/** As `checkTimed`; and where K33 is among the kinds, what shows only under an assumption. */
export const checkTimedAssuming = async (
  behaviour: Behaviour,
  kinds: readonly TimedKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits = {},
  options: TimedOptions = timedDefaults,
): Promise<CheckedTimed> => {
  const plain = await checkTimed(behaviour, kinds, solvers, limits, options)
  const assumptions = options.assumptions ?? assumptionsOf(behaviour)
  if (!kinds.includes(underAssumption) || assumptions.length === 0) return plain
  const others = timedKinds.filter(({ onRequest, shownBy }) => onRequest !== true && shownBy !== 'proof')
  const changed = new Set(assumptions.flatMap((assumption) => changedBy(behaviour, assumption)))
  const missing = others.filter((kind) => !kinds.includes(kind)).map((kind) => about(kind, changed))
  const more = missing.length === 0 ? undefined : await checkTimed(behaviour, missing, solvers, limits, options)
  const before = new Map([...plain.findings, ...(more?.findings ?? [])].map((finding) => [keyOf(finding), finding]))
  let { pairs, solverCalls } = plain.statistics
  const found: Finding[] = []
  for (const assumption of assumptions) {
    const touched = new Set(changedBy(behaviour, assumption))
    const again = others.map((kind) => about(kind, touched))
    const under = await checkTimed(assuming(behaviour, assumption), again, solvers, limits, options)
    pairs += under.findings.length
    solverCalls += under.statistics.solverCalls
    found.push(...under.findings.flatMap((finding) => onlyThere(assumption, finding, before.get(keyOf(finding)))))
  }
  return {
    findings: [...plain.findings, ...found],
    statistics: { ...plain.statistics, pairs, solverCalls: solverCalls + (more?.statistics.solverCalls ?? 0) },
    assumptions: [...plain.assumptions, `K33: asked again with ${assumptions.map(wordsOf).join('; with ')}`],
  }
}

/** Attributes that are otherwise under the assumption. */
const changedBy = ({ attributes, environment }: Behaviour, assumption: TimedAssumption): readonly string[] =>
  assumption.is === 'offline'
    ? attributes.flatMap(({ id, thing }) => (thing === assumption.thing ? [id] : []))
    : (environment?.observations ?? []).flatMap(({ attribute, reports }) => ('within' in reports ? [attribute] : []))

/** The kind, asked only of what hangs together with the attributes: nothing else is otherwise. */
const about = (kind: TimedKind, attributes: ReadonlySet<string>): TimedKind => ({
  ...kind,
  subjects: (structure, options) => kind.subjects(structure, options).filter(connectedTo(structure, attributes)),
})

const keyOf = ({ kind, subject }: Finding): string => JSON.stringify([kind, subject])

const wordsOf = (assumption: TimedAssumption): string =>
  assumption.is === 'late' ? `reports every ${span(assumption.milliseconds)} only` : `\`${assumption.thing}\` offline`

/** Nothing where it shows, or is open, without the assumption as well. */
const onlyThere = (assumption: TimedAssumption, finding: Finding, before: Finding | undefined): readonly Finding[] => {
  if (before !== undefined && before.verdict !== 'proved') return []
  const subject = `${assumptionName(assumption)} | ${finding.id} | ${finding.subject}`
  return [
    {
      ...finding,
      ...{ kind: underAssumption.id, id: underAssumption.number, subject, text: `with ${wordsOf(assumption)}: ${finding.text}` },
      fingerprint: fingerprintOf(`${underAssumption.id} ${subject}`),
    },
  ]
}

/** Sensors that tell at a change tell late; things that rules command are offline. */
const assumptionsOf = ({ applications, attributes, environment }: Behaviour): readonly TimedAssumption[] => {
  const late = environment?.observations?.some(({ reports }) => 'within' in reports) === true
  const thingOf = new Map(attributes.flatMap(({ id, role, thing }) => (role === 'actuator' ? [[id, thing] as const] : [])))
  const commanded = applications.flatMap(({ automations }) =>
    automations.flatMap(({ steps }) => steps.flatMap((step) => (step.do === 'set' ? [thingOf.get(step.attribute)] : []))),
  )
  const things = [...new Set(commanded.filter((thing) => thing !== undefined))].sort().slice(0, MOST_OFFLINE)
  return [...(late ? [{ is: 'late', milliseconds: LATE } as const] : []), ...things.map((thing) => ({ is: 'offline', thing }) as const)]
}
