/** Plans a stored assignment, and keeps with the plan what it was made from, so that questions about it are answered long after the fleet has changed. */
import { createGzip, createGunzip } from 'node:zlib'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { DeployerQuota } from '../plan/estimate.ts'
import { findAssignment, holdsFor, nothing, placeOf, subjectAt } from './assigned-subject.ts'
import type { Parts } from './parts.ts'
import { badInput, refusal } from './problem.ts'
import type { Planned } from './thinking/planned.ts'
import type { Subject } from './thinking/questions.ts'

const ORIGIN = 'origin'
const DEVICES = 'devices'

const originShape = z.object({
  assignment: z.string(),
  model: z.string(),
  modelEtag: z.string(),
  fleet: z.string().optional(),
  fleetRevision: z.int().optional(),
  waves: z.string().optional(),
})
/** What a rollout was planned from; `waves`: the policy as it was written. */
export type Origin = z.output<typeof originShape>

export interface PlanAsked {
  readonly assignment: string
  readonly waves?: string
  readonly quota?: DeployerQuota
  readonly release?: string
}

export interface MadePlan {
  readonly planned: Planned
  readonly made: NonNullable<Planned['made']>
  readonly fleet: string
  readonly beside: ReadonlyMap<string, Uint8Array>
}

/** Refused with reasons, devices, traces and repairs where no plan is safe. */
export async function planAssignment(parts: Parts, tenant: string, asked: PlanAsked): Promise<MadePlan> {
  const found = await findAssignment(parts, tenant, asked.assignment)
  if (found.status !== 'assigned')
    throw refusal(409, 'plan/no-assignment', `assignment \`${found.id}\` is ${found.status}: there is nothing to carry out`)
  const place = placeOf(found)
  await holdsFor(parts, tenant, place)
  const subject = await subjectAt(parts, tenant, place)
  const kept = packer()
  const answer = await parts.thinker.ask(
    {
      is: 'plan',
      subject,
      ...(asked.waves === undefined ? {} : { policy: { name: 'waves', text: asked.waves } }),
      ...(asked.quota === undefined ? {} : { quota: asked.quota }),
      ...(asked.release === undefined ? {} : { release: asked.release }),
    },
    {
      stored: { assigned: { is: 'assigned', tenant, assignment: found.id, side: 'chosen' } },
      bytes: () => kept.through(place.fleet === undefined ? nothing() : parts.carrier.lines({ is: 'fleet', tenant, fleet: place.fleet })),
    },
  )
  await holdsFor(parts, tenant, place)
  switch (answer.is) {
    case 'wrong':
      throw badInput(answer.diagnostics, 'the assignment cannot be planned so')
    case 'none':
    case 'unknown':
      throw refusal(409, 'plan/no-assignment', 'there is no assignment to carry out')
    case 'answer': {
      const planned = answer.value as Planned
      const { made } = planned
      if (made === undefined) throw unsafe(planned)
      const origin: Origin = { assignment: found.id, ...place, ...(asked.waves === undefined ? {} : { waves: asked.waves }) }
      const beside = new Map<string, Uint8Array>([[ORIGIN, Buffer.from(JSON.stringify(origin))]])
      if (place.fleet !== undefined) beside.set(DEVICES, await kept.packed())
      return { planned, made, fleet: place.fleet ?? 'default', beside }
    }
  }
}

function unsafe({ json }: Planned) {
  const impossible = json['status'] === 'impossible'
  const title = impossible ? 'no order of these changes is safe' : 'whether an order of these changes is safe could not be decided'
  return refusal(409, impossible ? 'plan/impossible' : 'plan/undecided', title, { plan: json })
}

/** What the rollout was planned from; nothing of those that were made of files. */
export async function originOf({ store }: Pick<Parts, 'store'>, tenant: string, rollout: string): Promise<Origin | undefined> {
  const bytes = (await store.rollouts.parts(tenant, rollout, [ORIGIN])).get(ORIGIN)
  if (bytes === undefined) return undefined
  const read = originShape.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  return read.success ? read.data : undefined
}

/** The model and the devices as they were when the rollout was planned. */
export async function subjectThen(
  parts: Parts,
  tenant: string,
  rollout: string,
  { model, modelEtag, fleet, fleetRevision }: Origin,
): Promise<{ readonly subject: Subject; readonly devices: () => Promise<AsyncIterable<Uint8Array>> }> {
  const place = { model, modelEtag, ...(fleet === undefined ? {} : { fleet }), ...(fleetRevision === undefined ? {} : { fleetRevision }) }
  const subject = await subjectAt(parts, tenant, place, `rollout ${rollout}`)
  return {
    subject,
    devices: async () => {
      const bytes = (await parts.store.rollouts.parts(tenant, rollout, [DEVICES])).get(DEVICES)
      return bytes === undefined ? nothing() : Readable.from([bytes]).pipe(createGunzip())
    },
  }
}

/** Packs what passes through on its way. */
function packer(): {
  readonly through: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>
  readonly packed: () => Promise<Uint8Array>
} {
  const zip = createGzip({ level: 1 })
  const pieces: Buffer[] = []
  const done = new Promise<void>((resolve, reject) =>
    zip
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', resolve)
      .on('error', reject),
  )
  return {
    through: async function* (chunks) {
      for await (const chunk of chunks) {
        zip.write(chunk)
        yield chunk
      }
    },
    packed: async () => {
      zip.end()
      await done
      return Buffer.concat(pieces)
    },
  }
}
