/** Solver against interpreter on random small models in time: what is proved no drawn run shows, what is a conflict the checker finds in its run. */
import { afterAll, describe, expect, it } from 'vitest'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkTimed } from '../../src/solve/check-timed.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { isTimedClaim } from '../../src/verify/timed-findings.ts'
import { drawRun, seeded } from '../../src/verify/timed-explore.ts'
import { timedChecks } from '../../src/verify/timed/checks.ts'
import { courseOf, type Course } from '../../src/verify/timed/course.ts'
import { randomTimed } from '../oracle/random-timed.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const MODELS = LONG ? 10_000 : 3
const RUNS = LONG ? 200 : 30
const FROM = Number(process.env['TIMED_FROM'] ?? 0)
/** Asked under the assumption that the platform does not restart: runs in which it does say nothing of them. */
const unbroken = new Set(timedKinds.filter(({ restarts }) => restarts === false).map(({ number }) => number as string))
const solvers = createSolvers()
afterAll(() => solvers.close())

const shownBy = (courses: readonly Course[], { id, subject, rules, actuator, window }: Finding): boolean => {
  const check = timedChecks.find((one) => one.id === id)
  const about = { key: subject, rules, ...(actuator === undefined ? {} : { actuator }), ...(window === undefined ? {} : { window }) }
  const meant = unbroken.has(id) ? courses.filter(({ reactions }) => reactions.every(({ event }) => event.is !== 'restart')) : courses
  return check !== undefined && meant.some((course) => check.shows(course, about) !== undefined)
}

describe('random models in time', () => {
  it(
    'are judged as the interpreter plays them',
    async () => {
      const wrong: string[] = []
      const count = { proved: 0, conflict: 0, unknown: 0, possible: 0 }
      for (let seed = FROM; seed < FROM + MODELS; seed++) {
        const behaviour = randomTimed(seed)
        const { findings } = await checkTimed(behaviour, timedKinds, solvers, { rlimit: LONG ? 1_500_000 : 300_000, depth: LONG ? 3 : 2 })
        const courses = Array.from({ length: RUNS }, (_, run) => {
          const drawn = drawRun(behaviour, seeded(run), { events: 12, busy: 0.4, quiet: run % 10 === 0 ? 86_400_000 : 0 })
          return drawn === undefined ? undefined : courseOf(behaviour, drawn.replayed)
        }).filter((course) => course !== undefined)
        for (const finding of findings) {
          count[finding.verdict]++
          const said = `${seed}: ${finding.id} ${finding.subject}`
          // A run refutes a claim: there it is the conflict that no run may show.
          const holds = isTimedClaim(finding.id) ? 'conflict' : 'proved'
          if (finding.verdict === holds && shownBy(courses, finding)) wrong.push(`${said}: ${holds}, and a drawn run shows it`)
          if (finding.verdict === 'conflict' && holds === 'proved' && !verifyFinding(behaviour, finding).agrees)
            wrong.push(`${said}: its run does not show it`)
        }
      }
      expect(wrong).toEqual([])
      expect(count.proved).toBeGreaterThan(MODELS)
      if (LONG) expect(count.conflict).toBeGreaterThan(MODELS / 2)
    },
    LONG ? 36_000_000 : 300_000,
  )
})
