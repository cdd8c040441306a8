/**
 * A playbook per wave: a dynamic inventory whose groups are the variants and whose host variables are the settings, limited to the hosts of the batch. Failures are
 * counted here, host by host: `max_fail_percentage` has been unreliable. Check mode is the dry run. A task that fails with a message `refused: ...` refuses for good.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { groupBegin, groupNames } from '../../formats/ansible/inventory.ts'
import { revisionText } from '../../model/revision.ts'
import { createCarriedDeployer, type Carried, type CarriedDeployer } from '../carried-deployer.ts'
import type { DesiredState, Rehearsal } from '../deployer.ts'
import { parsed } from '../document.ts'
import { runProgram, type ProgramEnd } from '../process.ts'
import { RESULTS_PLUGIN, RESULTS_PLUGIN_NAME } from './results-plugin.ts'

export interface AnsibleOptions {
  readonly playbook: string
  /** Variables of a host besides ours: its address, how to reach it. */
  readonly variables?: (device: string) => Readonly<Record<string, unknown>>
  /** Hosts that one run of the playbook takes, and at the same time within it. */
  readonly together: number
  readonly forks: number
  /** How long one run may take. */
  readonly milliseconds: number
  readonly program?: string
  readonly file?: string
}

interface HostResult {
  readonly failures: number
  readonly unreachable: number
  readonly changed: number
  readonly why?: string | undefined
  readonly refused?: boolean | undefined
}

const hostResult = z.object({
  host: z.string(),
  failures: z.int(),
  unreachable: z.int(),
  changed: z.int(),
  why: z.string().optional(),
  refused: z.boolean().optional(),
})

export function createAnsibleDeployer(options: AnsibleOptions): Promise<CarriedDeployer> {
  return createCarriedDeployer(
    {
      name: 'ansible',
      capabilities: {
        away: 'fails',
        verifies: false,
        liveness: false,
        rollback: false,
        groups: true,
        wildcards: true,
        limits: { batch: options.together },
      },
      together: options.together,
      parallel: 1,
      refusal: ({ device }) =>
        /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(device) && device !== 'all'
          ? undefined
          : 'a host of Ansible is named by letters, digits, `_`, `.` and `-`',
      carry: async (states, signal) => {
        const { end, hosts } = await play(states, options, [], signal)
        return states.map((state) => carriedBy(hosts.get(state.device), end))
      },
      rehearse: async (states, signal) => {
        if (states.length === 0) return { sends: [], refusals: [] }
        const { end, hosts } = await play(states, options, ['--check'], signal)
        return rehearsalOf(states, end, hosts)
      },
    },
    options.file,
  )
}

/** Runs the playbook on the states' hosts alone. */
async function play(
  states: readonly DesiredState[],
  options: AnsibleOptions,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly end: ProgramEnd; readonly hosts: ReadonlyMap<string, HostResult> }> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetproof-ansible-'))
  try {
    const results = join(folder, 'results')
    await writeFile(join(folder, 'inventory.json'), inventoryText(states, options))
    await writeFile(join(folder, 'inventory'), `#!/bin/sh\nexec cat "${folder}/inventory.json"\n`, { mode: 0o700 })
    await writeFile(join(folder, 'limit'), `${states.map((state) => state.device).join('\n')}\n`)
    await writeFile(join(folder, `${RESULTS_PLUGIN_NAME}.py`), RESULTS_PLUGIN)
    const end = await runProgram(
      {
        program: options.program ?? 'ansible-playbook',
        arguments: [
          '-i',
          join(folder, 'inventory'),
          '--limit',
          `@${join(folder, 'limit')}`,
          '--forks',
          String(options.forks),
          ...words,
          resolve(options.playbook),
        ],
        environment: {
          ANSIBLE_CALLBACK_PLUGINS: folder,
          ANSIBLE_CALLBACKS_ENABLED: RESULTS_PLUGIN_NAME,
          ANSIBLE_RETRY_FILES_ENABLED: '0',
          ANSIBLE_NOCOLOR: '1',
          FLEETPROOF_RESULTS: results,
        },
        milliseconds: options.milliseconds,
      },
      signal,
    )
    const text = await readFile(results, 'utf8').catch(() => '')
    return { end, hosts: readResults(text) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readResults(text: string): ReadonlyMap<string, HostResult> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const read = hostResult.safeParse(parsed(line))
      return read.success ? [[read.data.host, read.data] as const] : []
    }),
  )
}

/** What a dynamic inventory prints for `--list`: groups are variants (or outcomes), host variables are settings. */
function inventoryText(states: readonly DesiredState[], { variables }: AnsibleOptions): string {
  const key = ({ is }: DesiredState): string => is.variant ?? is.outcome
  const keys = [...new Set(states.map(key))].sort()
  const names = groupNames(keys)
  const hosts = states.map(
    (state) => `${JSON.stringify(state.device)}:${JSON.stringify({ ...variables?.(state.device), ...hostVariables(state) })}`,
  )
  const groups = keys.map((one) => {
    const members = states.filter((state) => key(state) === one).map((state) => JSON.stringify(state.device))
    return `${groupBegin(names.get(one)!)}${members.join(',')}]}`
  })
  return `{"_meta":{"hostvars":{${hosts.join(',')}}}${groups.join('')}}`
}

function hostVariables({ revision, is, artefact }: DesiredState): Readonly<Record<string, unknown>> {
  return {
    fleetproof_revision: revisionText(revision),
    fleetproof_outcome: is.outcome,
    ...(is.variant === null ? {} : { fleetproof_variant: is.variant }),
    fleetproof_settings: is.settings,
    ...Object.fromEntries(Object.entries(is.settings).map(([name, value]) => [`setting_${name}`, value])),
    ...(artefact === undefined ? {} : { fleetproof_artefact: artefact }),
  }
}

function carriedBy(result: HostResult | undefined, end: ProgramEnd): Carried {
  if (result !== undefined) {
    if (result.refused === true) return { is: 'rejected', why: result.why ?? '' }
    if (result.unreachable > 0) return { is: 'failure', why: `unreachable: ${result.why ?? ''}` }
    return result.failures > 0 ? { is: 'failure', why: result.why ?? 'a task failed' } : { is: 'success', why: '' }
  }
  switch (end.is) {
    case 'cannot-start':
      return { is: 'rejected', why: `ansible-playbook cannot be started: ${end.error}` }
    case 'timed-out':
      return { is: 'timed-out', why: 'the playbook did not end in its time' }
    case 'ended': {
      const said =
        `${end.error}\n${end.out}`
          .trim()
          .split('\n')
          .find((line) => line.includes('ERROR')) ?? ''
      return {
        is: 'failure',
        why: `the playbook ended with ${end.code} and says nothing of the host${said === '' ? '' : `: ${said.slice(0, 300)}`}`,
      }
    }
  }
}

function rehearsalOf(states: readonly DesiredState[], end: ProgramEnd, hosts: ReadonlyMap<string, HostResult>): Rehearsal {
  const sends: string[] = []
  const refusals: { device: string; class: 'rejected' | 'retryable' | 'timed-out'; why: string }[] = []
  for (const { device, is } of states) {
    const carried = carriedBy(hosts.get(device), end)
    if (carried.is === 'success')
      sends.push(`${device} (${is.variant ?? is.outcome}): ${hosts.get(device)?.changed ?? 0} tasks would change it`)
    else
      refusals.push({ device, class: carried.is === 'rejected' || carried.is === 'timed-out' ? carried.is : 'retryable', why: carried.why })
  }
  return { sends, refusals }
}
