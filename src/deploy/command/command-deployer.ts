/**
 * A program per device, started without a shell. It gets the desired state as JSON on its input and in its environment, and answers by its exit code: 0 the device
 * runs it, 2 it is refused for good, any other may be tried again. It drops a revision that the device has seen.
 */
import { revisionText } from '../../model/revision.ts'
import { createCarriedDeployer, type Carried, type CarriedDeployer } from '../carried-deployer.ts'
import type { DesiredState, DeviceReport } from '../deployer.ts'
import { desiredText, readStatus } from '../document.ts'
import { runProgram, type ProgramEnd } from '../process.ts'

export interface CommandOptions {
  readonly program: string
  /** `{device}`, `{variant}`, `{outcome}` and `{revision}` within them are replaced. */
  readonly arguments: readonly string[]
  /** The same way: asks a device for its status document (`document.ts`) on the output. */
  readonly ask?: { readonly program: string; readonly arguments: readonly string[] }
  /** The same way: checks the device afterwards; exit code 0 agrees. */
  readonly check?: { readonly program: string; readonly arguments: readonly string[] }
  /** How long one run may take. */
  readonly milliseconds: number
  readonly parallel: number
  /** Where actions are kept; in memory alone where absent. */
  readonly file?: string
}

const REFUSED = 2

export function createCommandDeployer(options: CommandOptions): Promise<CarriedDeployer> {
  const { ask, check } = options
  const run = (
    what: { readonly program: string; readonly arguments: readonly string[] },
    state: DesiredState,
    signal: AbortSignal | undefined,
  ): Promise<ProgramEnd> =>
    runProgram(
      {
        program: what.program,
        arguments: what.arguments.map((word) => filled(word, state)),
        environment: environmentOf(state),
        input: desiredText(state),
        milliseconds: options.milliseconds,
      },
      signal,
    )
  const carryOne = async (state: DesiredState, signal: AbortSignal): Promise<Carried> => {
    const carried = carriedBy(await run(options, state, signal))
    if (carried.is !== 'success' || check === undefined) return carried
    const checked = await run(check, state, signal)
    if (checked.is === 'ended' && checked.code === 0) return { is: 'success', why: '', verified: true }
    return { is: 'failure', why: 'the check after installing does not agree' }
  }
  const askOne = async (device: string, signal: AbortSignal | undefined): Promise<readonly DeviceReport[]> => {
    const nobody: DesiredState = { device, revision: { release: '', execution: 0 }, is: { outcome: 'none', variant: null, settings: {} } }
    const end = await run(ask!, nobody, signal)
    return end.is === 'ended' && end.code === 0 ? readStatus(device, end.out) : []
  }
  return createCarriedDeployer(
    {
      name: 'command',
      capabilities: {
        away: 'fails',
        verifies: check !== undefined,
        liveness: false,
        rollback: false,
        groups: false,
        wildcards: false,
        limits: { batch: 1000 },
      },
      together: 1,
      parallel: options.parallel,
      refusal: ({ device }) => (device.includes('\0') ? 'a name with a NUL is no argument' : undefined),
      carry: async ([state], signal) => [await carryOne(state!, signal)],
      rehearse: (states) =>
        Promise.resolve({
          sends: states.map(
            (state) =>
              `${JSON.stringify([options.program, ...options.arguments.map((word) => filled(word, state))])} < ${desiredText(state)}`,
          ),
          refusals: [],
        }),
      ...(ask === undefined
        ? {}
        : {
            ask: async (devices: readonly string[], signal: AbortSignal | undefined) => {
              const reports: DeviceReport[] = []
              for (let at = 0; at < devices.length; at += options.parallel) {
                const part = await Promise.all(devices.slice(at, at + options.parallel).map((device) => askOne(device, signal)))
                reports.push(...part.flat())
              }
              return reports
            },
          }),
    },
    options.file,
  )
}

function filled(word: string, { device, is, revision }: DesiredState): string {
  const values: Readonly<Record<string, string>> = {
    device,
    variant: is.variant ?? '',
    outcome: is.outcome,
    revision: revisionText(revision),
  }
  return word.replaceAll(/\{(device|variant|outcome|revision)\}/g, (_, name: string) => values[name]!)
}

function environmentOf({ device, is, revision, artefact }: DesiredState): Readonly<Record<string, string>> {
  return {
    FLEETPROOF_DEVICE: device,
    FLEETPROOF_REVISION: revisionText(revision),
    FLEETPROOF_OUTCOME: is.outcome,
    FLEETPROOF_VARIANT: is.variant ?? '',
    FLEETPROOF_SETTINGS: JSON.stringify(is.settings),
    ...(artefact === undefined ? {} : { FLEETPROOF_ARTEFACT_URL: artefact.url, FLEETPROOF_ARTEFACT_SHA256: artefact.sha256 }),
  }
}

function carriedBy(end: ProgramEnd): Carried {
  switch (end.is) {
    case 'cannot-start':
      return { is: 'rejected', why: `the program cannot be started: ${end.error}` }
    case 'timed-out':
      return { is: 'timed-out', why: 'the program did not end in its time' }
    case 'ended': {
      const said = end.error.trim().split('\n').at(-1) ?? ''
      const why = `the program ended with ${end.code}${said === '' ? '' : `: ${said}`}`
      return end.code === 0 ? { is: 'success', why: '' } : { is: end.code === REFUSED ? 'rejected' : 'failure', why }
    }
  }
}
