/** Reads what a release says beside its assignment: `fleetproof-release: 1`, components with versions, and stages with gates and tasks. */
import { z } from 'zod'
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue } from '../../diagnostics/document.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { isMapping, type Reading, say, shaped } from '../../model/reading.ts'
import type { ReleaseComponent } from '../../model/release.ts'
import type { Gate, Stage, Task } from '../../model/wave.ts'
import { duration } from '../policy-shape.ts'
import { componentProblems } from './components.ts'

const FORMAT = 1
const whole = z.int()

const gateShape = z.union([
  z
    .strictObject({
      no_conflict: z.strictObject({
        fail_on: z.enum(['error', 'warning', 'relation']).optional(),
        possible: whole.min(0).optional(),
        unknown: whole.min(0).optional(),
      }),
    })
    .transform(({ no_conflict: own }): Gate => ({
      is: 'no-conflict',
      failOn: own.fail_on ?? 'error',
      possible: own.possible ?? 0,
      unknown: own.unknown ?? 0,
    })),
  z
    .strictObject({ assigned: z.strictObject({ optimal: z.boolean().optional(), most_unassigned: whole.min(0).optional() }) })
    .transform(({ assigned: own }): Gate => ({
      is: 'assigned',
      optimal: own.optimal ?? true,
      ...(own.most_unassigned === undefined ? {} : { mostUnassigned: own.most_unassigned }),
    })),
  z.strictObject({ tests: z.array(z.string().min(1)).min(1) }).transform(({ tests }): Gate => ({ is: 'tests', names: tests })),
  z
    .strictObject({
      approval: z.strictObject({
        people: whole.min(1).optional(),
        four_eyes: z.boolean().optional(),
        roles: z.array(z.string()).optional(),
      }),
    })
    .transform(({ approval: own }): Gate => ({
      is: 'approval',
      people: own.people ?? 1,
      fourEyes: own.four_eyes ?? true,
      roles: own.roles ?? [],
    })),
  z.strictObject({ soak: duration }).transform(({ soak }): Gate => ({ is: 'soak', milliseconds: soak })),
  z.strictObject({ rollout: z.literal('succeeded') }).transform((): Gate => ({ is: 'rollout' })),
])

const HOUR = 3_600_000
const taskShape = z.union([
  z
    .strictObject({ command: z.array(z.string()).min(1), timeout: duration.optional() })
    .transform(({ command: [program, ...words], timeout }): Task => ({
      is: 'command',
      program: program!,
      arguments: words,
      timeout: timeout ?? HOUR,
    })),
  z
    .strictObject({ webhook: z.url(), timeout: duration.optional() })
    .transform(({ webhook, timeout }): Task => ({ is: 'webhook', url: webhook, timeout: timeout ?? HOUR })),
  z.strictObject({ check: z.literal(true) }).transform((): Task => ({ is: 'check' })),
  z.strictObject({ rollout: z.string().min(1) }).transform(({ rollout }): Task => ({ is: 'rollout', policy: rollout })),
])

const shape = z.strictObject({
  'fleetproof-release': z.unknown().optional(),
  components: z.record(z.string(), z.strictObject({ version: z.string(), needs: z.record(z.string(), z.string()).optional() })).optional(),
  stages: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        entry: z.array(gateShape).optional(),
        tasks: z.array(taskShape).optional(),
        exit: z.array(gateShape).optional(),
      }),
    )
    .optional(),
})

export interface ReleaseDescription {
  readonly components: Readonly<Record<string, ReleaseComponent>>
  readonly stages: readonly Stage[]
}

/** Components must fit one another; everything wrong is said at once. */
export function readReleaseDescription(source: Source): Read<ReleaseDescription> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const { value } = text.value
  const format = isMapping(value) ? value['fleetproof-release'] : undefined
  if (format !== FORMAT)
    say(
      reading,
      isMapping(value) && format !== undefined ? ['fleetproof-release'] : [],
      'bad-format',
      `\`fleetproof-release\` must be ${FORMAT}, the version of the format, not ${describeValue(format)}`,
      { hint: `maybe begin with \`fleetproof-release: ${FORMAT}\`` },
    )
  const read = format === FORMAT ? shaped(reading, shape, value, []) : undefined
  const components = Object.fromEntries(
    Object.entries(read?.components ?? {}).map(([name, { version, needs }]) => [name, { version, needs: needs ?? {} }]),
  )
  for (const problem of componentProblems(components, source.name))
    reading.diagnostics.push({ ...problem, at: text.value.locate(['components']) })
  const stages = (read?.stages ?? []).map(({ name, entry = [], tasks = [], exit = [] }) => ({ name, entry, tasks, exit }))
  const { diagnostics } = reading
  return read === undefined || diagnostics.some(({ severity }) => severity === 'error')
    ? { ok: false, diagnostics }
    : { ok: true, value: { components, stages }, diagnostics }
}
