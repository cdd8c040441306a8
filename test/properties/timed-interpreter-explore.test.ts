/** Runs that are drawn from a behaviour are runs of it: replayed anew, from what is written of them alone, they do the same. */
import { describe, expect, it } from 'vitest'
import { drawRun, seeded } from '../../src/verify/timed-explore.ts'
import { replayTimed, textOfExact, type TimedReplayed } from '../../src/verify/timed-interpreter.ts'
import { timedChecks } from '../../src/verify/timed/checks.ts'
import { courseOf } from '../../src/verify/timed/course.ts'
import { randomTimed } from '../oracle/random-timed.ts'

const COUNT = process.env['FLEETPROOF_LONG'] === undefined ? 120 : 10_000
/** K23 takes more luck than that: see the published cases. */
const SEEN = ['K12', 'K14', 'K1w', 'K22a', 'K22b', 'K22c', 'K28', 'K29', 'K30', 'K5', 'K7']

const told = ({ reactions, end }: TimedReplayed) => ({
  end: end === undefined ? '' : textOfExact(end.now),
  writes: reactions.flatMap(({ at, reaction }) =>
    reaction.writes.map(({ attribute, after, automation }) => `${textOfExact(at)} ${automation} ${attribute} ${String(after)}`),
  ),
})

describe('drawn runs', () => {
  it('replay as they were drawn', () => {
    let events = 0
    let writes = 0
    let timed = 0
    for (let seed = 0; seed < COUNT; seed++) {
      const behaviour = randomTimed(seed)
      const drawn = drawRun(behaviour, seeded(seed + 1), { events: 12, quiet: 10_000 })
      if (drawn === undefined) continue
      const replayed = replayTimed(behaviour, drawn.run)
      expect(replayed.diagnostics, `seed ${seed}`).toEqual([])
      expect(told(replayed), `seed ${seed}`).toEqual(told(drawn.replayed))
      events += drawn.run.events.length
      writes += told(replayed).writes.length
      timed += drawn.run.events.filter(({ is }) => is === 'due' || is === 'resume').length
    }
    expect(events).toBeGreaterThan(COUNT * 8)
    expect(writes).toBeGreaterThan(COUNT)
    expect(timed).toBeGreaterThan(COUNT / 2)
  })

  it('show kinds of time now and then, and are judged alike drawn or replayed', () => {
    const shown = new Map<string, number>()
    for (let seed = 0; seed < COUNT; seed++) {
      const behaviour = randomTimed(seed)
      const rules = behaviour.applications.flatMap(({ automations }) => automations.map(({ id }) => id))
      const drawn = drawRun(behaviour, seeded(seed), { events: 14, quiet: 70_000, busy: 0.35 })
      const course = drawn && courseOf(behaviour, drawn.replayed)
      if (drawn === undefined || course === undefined) continue
      const again = courseOf(behaviour, replayTimed(behaviour, drawn.run))!
      for (const check of timedChecks)
        for (const actuator of ['a', 'b'])
          for (const from of rules)
            for (const to of rules) {
              const key =
                check.id === 'K5'
                  ? 'temperature @ room'
                  : check.id === 'K29'
                    ? 'rest'
                    : check.id === 'K30'
                      ? 'answer'
                      : `${actuator} ${from} -> ${to}`
              const subject = { rules: check.id === 'K29' ? [] : from === to ? [from] : [from, to].sort(), key, actuator, window: 60_000 }
              const at = check.shows(course, subject)
              expect(check.shows(again, subject)).toBe(at)
              if (at !== undefined) shown.set(check.id, (shown.get(check.id) ?? 0) + 1)
            }
    }
    const seen = [...shown.keys()].sort()
    expect(seen).toEqual(expect.arrayContaining(SEEN))
  })
})
