/**
 * Which findings are shown, in which order, and which say the same of the same rules.
 *
 * One entry stands for one set of rules and one sort of trouble, or for one mode or value that several rules set and look at in an open order (K19, K32): its strongest
 * finding leads, the others follow as "also". Entries are ordered by verdict, then
 * severity, then hazard, then how the rules meet, then exactness, then names, so the same findings always read the same.
 */
import { isHazard } from '../../constraints/conflict/hazard.ts'
import type { Finding } from '../model/conflict.ts'

export interface RankedFinding {
  readonly finding: Finding
  /** Weaker findings of the same rules and sort, strongest first. */
  readonly also: readonly Finding[]
  /** It touches something that can hurt: a lock, a valve, a siren, a heater, a garage. */
  readonly hazard: boolean
}

export interface RankOptions {
  /** Proved findings too. */
  readonly all: boolean
  /** Relations too that touch no hazard. */
  readonly relations: boolean
}

const verdicts = { conflict: 0, possible: 1, unknown: 2, proved: 3 } as const
const severities = { error: 0, warning: 1, relation: 2 } as const
const meetings = { 'same-event': 0, 'same-reaction': 1, window: 2, coincidence: 3 } as const

// Kinds that tell of one trouble at different strength stand together.
const family = (id: string): string => (['K1', 'K2', 'K3', 'K15'].includes(id) ? 'commands' : id)

// A script's action stands in every rule that runs the script: where one of them reaches it, its line in the file is not dead.
const livePlaces = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.flatMap((one) => (one.id === 'K17' && one.verdict === 'proved' && isStep(one) ? [placeOf(one)] : [])))
const isCopy = (finding: Finding, live: ReadonlySet<string>): boolean =>
  finding.id === 'K17' && finding.verdict === 'conflict' && isStep(finding) && live.has(placeOf(finding))
const isStep = ({ subject, rules }: Finding): boolean => rules.length === 1 && subject !== rules[0]
const placeOf = ({ locations }: Finding): string => JSON.stringify(locations[0] ?? null)

/** Findings to show, grouped and in order. */
export const rankFindings = (findings: readonly Finding[], options: RankOptions): readonly RankedFinding[] => {
  const touches = ({ actuator }: Finding): boolean => actuator !== undefined && isHazard(actuator)
  const live = livePlaces(findings)
  const shown = findings.filter(
    (finding) =>
      (finding.verdict !== 'proved' || options.all) &&
      (finding.severity !== 'relation' || options.relations || touches(finding)) &&
      (options.relations || !isCopy(finding, live)),
  )
  const groups = new Map<string, Finding[]>()
  for (const finding of shown) {
    // A proof speaks of one subject; what is found wrong is grouped, so that ten lamps of two rules are one entry.
    const key =
      finding.verdict === 'proved' || finding.rules.length === 0
        ? `\u0000${finding.fingerprint}`
        : finding.id === 'K32' || finding.id === 'K19'
          ? // One mode set from many sides is one cause, whoever meets there: its rules are named one by one under the first.
            `mode\u0000${finding.actuator ?? finding.subject}\u0000${finding.verdict}`
          : [family(finding.id), ...[...finding.rules].sort()].join('\u0000')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  const order = (a: Finding, b: Finding): number =>
    verdicts[a.verdict] - verdicts[b.verdict] ||
    severities[a.severity] - severities[b.severity] ||
    Number(touches(b)) - Number(touches(a)) ||
    (a.meets === undefined ? 4 : meetings[a.meets]) - (b.meets === undefined ? 4 : meetings[b.meets]) ||
    a.leansOn.length - b.leansOn.length ||
    compare(a.id, b.id) ||
    compare(a.subject, b.subject)
  return [...groups.values()]
    .map((group): RankedFinding => {
      const [finding, ...also] = [...group].sort(order) as [Finding, ...Finding[]]
      return { finding, also, hazard: group.some(touches) }
    })
    .sort((a, b) => order(a.finding, b.finding))
}

const compare = (a: string, b: string): number => (a === b ? 0 : a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1))
