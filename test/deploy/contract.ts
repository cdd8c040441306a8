// What every deployer does, whatever carries its states. A harness brings a backend with devices on its far side; asserted is what these were told.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Batch, Deployer, DesiredState, DeviceReport } from '../../src/deploy/deployer.ts'
import type { Revision } from '../../src/model/revision.ts'
import type { DeviceOutcome, FailureClass } from '../../src/model/rollout.ts'

/** How a device takes its next states. `away`: not there; it comes back by `back`. */
export type Behaviour = 'succeeds' | 'fails' | 'rejects' | 'away'

/** One backend with its devices, fresh for each test. */
export interface DeployWorld {
  readonly deployer: Deployer
  /** A second one on the same backend, as a process that takes over after a crash. */
  readonly another: () => Promise<Deployer>
  /** At least three. */
  readonly devices: readonly string[]
  /** Executions that the device acted on, in order; one that it saw and dropped is not among them. */
  readonly acted: (device: string) => readonly number[]
  /** What the device runs now. */
  readonly runs: (device: string) => DeviceOutcome | undefined
  /** Makes the device behave so from now on. */
  readonly behave: (device: string, behaviour: Behaviour) => Promise<void> | void
  /** Lets a device that is away come back. */
  readonly back?: (device: string) => Promise<void>
  /** Where the far side acts only when somebody polls. */
  readonly step?: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface Contract {
  readonly name: string
  readonly start: () => Promise<DeployWorld>
  /** What a device that fails, or rejects, comes out as. */
  readonly classes: { readonly fails: FailureClass; readonly rejects: FailureClass }
  /** Whether a device that nobody knows is refused. */
  readonly knowsDevices: boolean
  readonly skip?: string | false
}

const release = 'ab'.repeat(32)
export const eco: DeviceOutcome = { outcome: 'variant', variant: 'eco', settings: { level: 2, mode: 'low', night: true } }
export const comfort: DeviceOutcome = { outcome: 'variant', variant: 'comfort', settings: {} }

export const at = (execution: number): Revision => ({ release, execution })
export const desire = (device: string, execution: number, is: DeviceOutcome = eco): DesiredState => ({
  device,
  revision: at(execution),
  is,
})
export const batch = (states: readonly DesiredState[]): Batch => ({ rollout: 'rollout-1', wave: 0, states })

export function deployerContract({ name, start, classes, knowsDevices, skip = false }: Contract): void {
  describe.skipIf(skip !== false)(skip === false ? name : `${name} (${skip})`, () => {
    let world: DeployWorld
    let others: Deployer[]
    let heard: DeviceReport[]
    beforeEach(async () => {
      world = await start()
      others = []
      heard = []
    })
    afterEach(async () => {
      for (const other of others) await other.close()
      await world.close()
    })

    const another = async (): Promise<Deployer> => {
      const one = await world.another()
      others.push(one)
      return one
    }
    const watch = (deployer: Deployer): Promise<unknown> => deployer.watch((report) => void heard.push(report))
    /** Waits, polling where the backend has to be asked, until it holds. */
    const until = async (holds: () => boolean, what: string): Promise<void> => {
      for (let turn = 0; turn < 2000; turn++) {
        if (holds()) return
        await world.step?.()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`never: ${what}; heard ${JSON.stringify(heard)}`)
    }
    const says = (device: string, is: DeviceReport['is'], execution: number): boolean =>
      heard.some(
        (report) => report.device === device && report.is === is && 'revision' in report && report.revision.execution === execution,
      )
    const succeeded = (device: string, execution: number): boolean =>
      says(device, world.deployer.capabilities.verifies ? 'verified' : 'reported', execution)

    const leave = async (device: string): Promise<void> => {
      await world.behave(device, 'away')
      if (!world.deployer.capabilities.liveness) return
      await until(() => heard.some((report) => report.device === device && report.is === 'alive' && !report.alive), 'it is gone')
    }

    it('tells each device its state, once, and hears of each that it took it and what it runs', async () => {
      const [a, b, c] = world.devices as [string, string, string]
      await watch(world.deployer)
      const answers = await world.deployer.apply(batch([desire(a, 1), desire(b, 1, comfort)]))
      expect(answers).toEqual([
        { device: a, is: 'held' },
        { device: b, is: 'held' },
      ])
      await until(() => succeeded(a, 1) && succeeded(b, 1), 'both succeed')
      expect([world.acted(a), world.acted(b), world.acted(c)]).toEqual([[1], [1], []])
      expect([world.runs(a), world.runs(b)]).toEqual([eco, comfort])
      const reported = heard.filter((report) => report.is === 'reported' && report.device === a && report.revision?.execution === 1)
      expect(reported.at(-1)).toMatchObject({ runs: eco })
    })

    it('sends nothing twice: the same batch again, by the same and by another process, changes nothing', async () => {
      const [a] = world.devices as [string]
      await watch(world.deployer)
      await world.deployer.apply(batch([desire(a, 4)]))
      await until(() => succeeded(a, 4), 'it succeeds')
      expect((await world.deployer.apply(batch([desire(a, 4)]))).map((answer) => answer.is)).toEqual(['already'])
      const second = await another()
      expect((await second.apply(batch([desire(a, 4)]))).map((answer) => answer.is)).toEqual(['already'])
      await world.step?.()
      expect(world.acted(a)).toEqual([4])
    })

    it('a crash between sending and noting it: another process applies the same batch, and no device acts twice', async () => {
      const [a, b, c] = world.devices as [string, string, string]
      const states = [a, b, c].map((device) => desire(device, 7))
      const sent = world.deployer.apply(batch(states))
      const second = await another()
      await watch(second)
      await sent
      await second.apply(batch(states))
      await until(() => [a, b, c].every((device) => world.acted(device).length > 0), 'all act')
      await world.step?.()
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect([a, b, c].map((device) => world.acted(device))).toEqual([[7], [7], [7]])
    })

    it('a newer revision replaces, an older one that comes late does not', async () => {
      const [a] = world.devices as [string]
      await watch(world.deployer)
      await world.deployer.apply(batch([desire(a, 1)]))
      await until(() => succeeded(a, 1), 'the first succeeds')
      await world.deployer.apply(batch([desire(a, 3, comfort)]))
      await until(() => succeeded(a, 3), 'the second succeeds')
      const late = await (await another()).apply(batch([desire(a, 2)]))
      expect(late.map((answer) => answer.is)).toEqual(['already'])
      await world.step?.()
      expect(world.acted(a)).toEqual([1, 3])
      expect(world.runs(a)).toEqual(comfort)
    })

    it('reads what devices run, in a process that has not sent it', async () => {
      const [a, b] = world.devices as [string, string]
      await watch(world.deployer)
      await world.deployer.apply(batch([desire(a, 5)]))
      await until(() => succeeded(a, 5), 'it succeeds')
      const reports = await (await another()).read([a, b])
      expect(reports.filter((report) => report.device === a)).toContainEqual({ device: a, is: 'reported', revision: at(5), runs: eco })
      expect(reports.filter((report) => report.device === b && report.is === 'reported' && report.revision !== undefined)).toEqual([])
    })

    it('a dry run tells what would be sent, and no device hears of it', async () => {
      const [a] = world.devices as [string]
      const rehearsal = await world.deployer.rehearse(batch([desire(a, 1)]))
      expect(rehearsal.refusals).toEqual([])
      expect(rehearsal.sends.length).toBeGreaterThan(0)
      expect(rehearsal.sends.join('\n')).toContain('eco')
      await world.step?.()
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(world.acted(a)).toEqual([])
    })

    it('tells how a device failed: what may be tried again, and what never', async () => {
      const [a, b] = world.devices as [string, string]
      await watch(world.deployer)
      await world.behave(a, 'fails')
      await world.behave(b, 'rejects')
      await world.deployer.apply(batch([desire(a, 1), desire(b, 1)]))
      await until(() => says(a, 'failed', 1) && says(b, 'failed', 1), 'both fail')
      const failure = (device: string): unknown => heard.find((report) => report.device === device && report.is === 'failed')
      expect([failure(a), failure(b)]).toMatchObject([{ class: classes.fails }, { class: classes.rejects }])
      await world.behave(a, 'succeeds')
      await world.deployer.apply(batch([desire(a, 2)]))
      await until(() => succeeded(a, 2), 'the next execution succeeds')
      expect(world.acted(a)).toEqual([1, 2])
    })

    it('a device that is away gets its last state when it is back, or fails at once, as the backend says', async () => {
      const [a] = world.devices as [string]
      await watch(world.deployer)
      await leave(a)
      const first = await world.deployer.apply(batch([desire(a, 1)]))
      if (world.deployer.capabilities.away === 'fails') {
        if (first[0]?.is === 'held') await until(() => says(a, 'failed', 1), 'it fails')
        else expect(first).toMatchObject([{ device: a, is: 'failed', class: 'retryable' }])
        return
      }
      await world.deployer.apply(batch([desire(a, 2, comfort)]))
      await world.back?.(a)
      await until(() => succeeded(a, 2), 'it gets the last one')
      expect(world.acted(a).at(-1)).toBe(2)
      expect(world.runs(a)).toEqual(comfort)
    })

    it('takes back what a device was not told yet, and leaves alone who was told', async () => {
      const [a, b] = world.devices as [string, string]
      await watch(world.deployer)
      await world.deployer.apply(batch([desire(b, 1)]))
      await until(() => succeeded(b, 1), 'it succeeds')
      if (world.deployer.capabilities.away === 'fails') {
        expect((await world.deployer.withdraw(batch([desire(b, 1)]))).map((answer) => answer.is)).toEqual(['too-late'])
        return
      }
      await leave(a)
      await world.deployer.apply(batch([desire(a, 1)]))
      const answers = await world.deployer.withdraw(batch([desire(a, 1), desire(b, 1)]))
      expect(answers).toEqual([
        { device: a, is: 'withdrawn' },
        { device: b, is: 'too-late' },
      ])
      await world.back?.(a)
      await world.step?.()
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(world.acted(a)).toEqual([])
      expect(world.runs(b)).toEqual(eco)
    })

    it('answers for every device in the order given, the unknown among them', async () => {
      const [a, b] = world.devices as [string, string]
      const answers = await world.deployer.apply(batch([desire(b, 1), desire('nobody', 1), desire(a, 1)]))
      expect(answers.map((answer) => answer.device)).toEqual([b, 'nobody', a])
      expect(answers.map((answer) => answer.is)).toEqual(['held', knowsDevices ? 'failed' : 'held', 'held'])
      if (knowsDevices) expect(answers[1]).toMatchObject({ class: 'rejected' })
    })

    it('tells devices to run nothing', async () => {
      const [a] = world.devices as [string]
      await watch(world.deployer)
      await world.deployer.apply(batch([desire(a, 1)]))
      await until(() => succeeded(a, 1), 'it succeeds')
      const none: DeviceOutcome = { outcome: 'none', variant: null, settings: {} }
      await world.deployer.apply(batch([desire(a, 2, none)]))
      await until(() => succeeded(a, 2), 'it runs nothing')
      expect(world.runs(a)).toEqual(none)
    })

    it('stops when its signal says so, and after closing applies nothing', async () => {
      const [a] = world.devices as [string]
      const stopped = AbortSignal.abort(new Error('enough'))
      await expect(world.deployer.apply(batch([desire(a, 1)]), stopped)).rejects.toThrow('enough')
      const second = await world.another()
      await second.close()
      await second.close()
      await expect(second.apply(batch([desire(a, 1)]))).rejects.toMatchObject({ code: 'deploy/closed' })
      await world.step?.()
      expect(world.acted(a)).toEqual([])
    })
  })
}
