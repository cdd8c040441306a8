/** Where the solver and the interpreter say different things of one random model in time: what is proved a drawn run shows, or a conflict's run does not show it. */
import { timedDefaults, type TimedKind } from '../../constraints/timed.ts'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkTimed } from '../../src/solve/check-timed.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { timedWholeOf } from '../../src/solve/timed-analysis.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { isTimedClaim } from '../../src/verify/timed-findings.ts'
import { drawRun, seeded } from '../../src/verify/timed-explore.ts'
import { timedChecks } from '../../src/verify/timed/checks.ts'
import { courseOf, type Course } from '../../src/verify/timed/course.ts'
import { randomTimed } from './random-timed.ts'

export interface Comparing {
  readonly size: 'least' | 'usual'
  /** Kinds that are asked of a model, drawn from those that have something to ask of it. */
  readonly kinds: number
  readonly runs: number
  readonly rlimit: number
  readonly depth: number
  /** Scripts after which what is open stays so. */
  readonly calls: number
}

export interface Compared {
  readonly wrong: readonly string[]
  /** Findings by kind and verdict: `K12 proved`. */
  readonly counts: Readonly<Record<string, number>>
}

/** Asked under the assumption that the platform does not restart: runs in which it does say nothing of them. */
const unbroken = new Set(timedKinds.filter(({ restarts }) => restarts === false).map(({ number }) => number as string))

const shownBy = (courses: readonly Course[], { id, subject, rules, actuator, window }: Finding): boolean => {
  const check = timedChecks.find((one) => one.id === id)
  const about = { key: subject, rules, ...(actuator === undefined ? {} : { actuator }), ...(window === undefined ? {} : { window }) }
  const meant = unbroken.has(id) ? courses.filter(({ reactions }) => reactions.every(({ event }) => event.is !== 'restart')) : courses
  return check !== undefined && meant.some((course) => check.shows(course, about) !== undefined)
}

/** The kind about one thing of all that it is about. */
const only = (kind: TimedKind, drawn: number): TimedKind => ({
  ...kind,
  subjects: (structure, options) => {
    const all = kind.subjects(structure, options)
    return all.slice(Math.floor(drawn * all.length)).slice(0, 1)
  },
})

/** The model of the seed; the same seed compares the same. */
export async function timedDisagreements(seed: number, solvers: Pick<Solvers, 'askAll'>, comparing: Comparing): Promise<Compared> {
  const behaviour = randomTimed(seed, comparing.size)
  const { structure } = timedWholeOf(behaviour)
  const next = seeded(seed ^ 0x5bd1e995)
  const asked = timedKinds.filter((kind) => kind.subjects(structure, timedDefaults).length > 0)
  const kinds = new Set<TimedKind>()
  while (kinds.size < Math.min(comparing.kinds, asked.length)) kinds.add(asked[Math.floor(next() * asked.length)]!)
  const some = timedKinds.filter((kind) => kinds.has(kind)).map((kind) => only(kind, next()))
  let left = comparing.calls
  const counted: typeof solvers = {
    askAll: (scripts, options) => {
      left -= scripts.length
      return solvers.askAll(scripts, options)
    },
  }
  const limits = { rlimit: comparing.rlimit, depth: comparing.depth, stopped: () => left <= 0 }
  const { findings } = await checkTimed(behaviour, some, counted, limits)
  const courses = Array.from({ length: comparing.runs }, (_, run) => {
    const drawn = drawRun(behaviour, seeded(run), { events: 10, busy: 0.4, quiet: run % 10 === 0 ? 86_400_000 : 0 })
    return drawn === undefined ? undefined : courseOf(behaviour, drawn.replayed)
  }).filter((course) => course !== undefined)
  const wrong: string[] = []
  const counts: Record<string, number> = {}
  for (const finding of findings) {
    const key = `${finding.id} ${finding.verdict}`
    counts[key] = (counts[key] ?? 0) + 1
    const said = `${seed}: ${finding.id} ${finding.subject}`
    // A run refutes a claim: there it is the conflict that no run may show.
    const holds = isTimedClaim(finding.id) ? 'conflict' : 'proved'
    if (finding.verdict === holds && shownBy(courses, finding)) wrong.push(`${said}: ${holds}, and a drawn run shows it`)
    if (finding.verdict === 'conflict' && holds === 'proved' && !verifyFinding(behaviour, finding).agrees)
      wrong.push(`${said}: its run does not show it`)
  }
  return { wrong, counts }
}
