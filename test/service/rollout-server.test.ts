// `rollout --server`: the same commands at a service: what happens there is shown as it happens, refusals come in words, and two who steer at once are told apart.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { call, type Called } from '../fixtures/command-line.ts'
import { assign, good, oldToNew, runningOld, startAedes, type TestBroker } from './rollout-world.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const names = Array.from({ length: 8 }, (_, at) => `s-${at}`)
let broker: TestBroker
let service: TestService
let operator: Caller
let approver: Caller
let fleet: SimulatedFleet
let assignment: string
// One device refuses its first state.
const faults = { ...healthy, failRejected: 0 }

beforeAll(async () => {
  broker = await startAedes()
  service = await runService({ deployers: { floor: { is: 'mqtt', url: broker.url, perSecond: 4, layout: { is: 'own', prefix: 's' } } } })
  operator = await service.withRole('operator')
  approver = await service.withRole('approver')
  fleet = await startFleet({ broker: { url: broker.url }, prefix: 's', devices: names, seed: 4, faults })
  assignment = await assign(service.admin['default']!, 's', oldToNew, runningOld(names))
  writeFileSync(
    join(service.folder, 'waves.yaml'),
    'fleetproof-waves: 1\ngate: {success: 100%}\nwaves: [{name: canary, limit: 2}]\nrest: {name: rest}\n',
  )
}, startTime)
afterAll(async () => {
  await fleet.stop()
  await service.remove()
  await broker.close()
}, startTime)

const as = async (who: Caller, words: string): Promise<Called> => {
  writeFileSync(join(service.folder, 'token'), who.token)
  return call([...words.split(' '), '--server', service.url, '--token-file', 'token'], { workingDirectory: service.folder })
}

describe('rollout --server', () => {
  it(
    'plans, waits for somebody else, starts, and shows every wave; the estimate of the quota comes first',
    async () => {
      const made = await as(operator, `rollout start ${assignment} --deployer floor --waves waves.yaml --id s1 --approval`)
      expect([made.code, made.error]).toEqual([2, ''])
      // Eight devices at four a second: two waves of 2 and 6, besides the time of a device.
      expect(made.out).toMatch(/^8 changes in 2 waves, at best .*the backend takes 4 devices a second\nrollout s1 waits for approval/)
      expect((await as(operator, 'rollout approve s1')).error).toContain('needs the role `approver`')
      expect((await as(operator, 'rollout resume s1')).error).toContain('waits for somebody other than operator')
      expect((await as(approver, 'rollout approve s1 --reason tested')).out).toContain('rollout s1 is approved by approver')
      const ran = await as(operator, 'rollout resume s1 --reason go')
      expect([ran.code, ran.error]).toEqual([0, ''])
      expect(ran.out).toContain('s1: wave 1 canary: begins, 2 devices\n')
      expect(ran.out).toContain('s1: wave 2 rest: 6 of 6 verified, its gate is passed\n')
      expect(ran.out).toContain('succeeded: every wave has passed its gate')
      expect(names.map((name) => fleet.runs(name)?.variant)).toEqual(names.map(() => 'new'))
      const status = await as(operator, 'rollout status s1')
      expect([status.code, status.out]).toEqual([0, expect.stringContaining('wave 2 rest    ████████████████████ 6/6  verified 6   done')])
      expect(JSON.parse((await as(operator, 'rollout status --json')).out)).toMatchObject({
        rollouts: [{ id: 's1', state: 'succeeded', approver: 'approver' }],
      })
      const { items } = (await good(service.admin['default']!.ask('GET', '/v1/audit'))).json as {
        items: { action: string; actor: string; reason?: string }[]
      }
      expect(
        items.filter(({ action }) => ['create', 'approve', 'start'].includes(action)).map(({ actor, action }) => [actor, action]),
      ).toEqual(
        expect.arrayContaining([
          ['operator', 'create'],
          ['approver', 'approve'],
          ['operator', 'start'],
        ]),
      )
    },
    startTime,
  )

  it(
    'goes back, and refuses what does not fit the state, in words',
    async () => {
      expect((await as(operator, 'rollout pause s1')).error).toContain('rollout `s1` is succeeded: pause is for one that is running')
      expect((await as(operator, 'rollout pause nobody')).error).toContain('there is no rollout `nobody`')
      // Two at once: one goes back, the other is told.
      const both = await Promise.all([as(operator, 'rollout rollback s1'), as(operator, 'rollout rollback s1')])
      expect(both.map(({ code }) => code).sort()).toContain(0)
      expect(names.map((name) => fleet.runs(name)?.variant)).toEqual(names.map(() => 'old'))
      for (const name of names) expect(fleet.acted(name)[0]!.length).toBe(2)
    },
    startTime,
  )

  it('says what is wrong with its options', async () => {
    const at = { workingDirectory: service.folder }
    expect((await call(['rollout', 'status', '--server', 'nonsense'], at)).error).toContain('`nonsense` is no address of a service')
    expect((await call(['rollout', 'status', '--server', service.url, '--token-file', 'none'], at)).code).toBe(3)
    expect((await as(operator, `rollout start ${assignment} --deployer nobody`)).error).toContain('no deployer is called `nobody` here')
    expect((await as(operator, 'rollout start nothing --deployer floor')).error).toContain('nothing')
    expect(await call(['rollout', 'status', '--server', 'http://127.0.0.1:9', '--token-file', 'token'], at)).toMatchObject({ code: 4 })
  })
})
