// What devices have to fetch for a variant: kept with a rollout from its release, and handed to the deployer with every desired state.
import { z } from 'zod'
import type { ReleaseContent } from '../../model/release.ts'
import type { RolloutRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'
import type { Artefact } from '../deployer.ts'

const PART = 'artefacts'

/** By variant. */
const keptShape = z.record(z.string(), z.strictObject({ name: z.string(), sha256: z.string(), bytes: z.int().min(0) }))

/** What is kept beside a rollout of the release; nothing where no variant names an artefact. */
export function artefactsBeside({ variants, artefacts }: Pick<ReleaseContent, 'variants' | 'artefacts'>): ReadonlyMap<string, Uint8Array> {
  const kept: z.infer<typeof keptShape> = {}
  for (const { id, artefact } of variants) {
    const found = artefact === null || !Object.hasOwn(artefacts, artefact) ? undefined : artefacts[artefact]
    if (artefact !== null && found !== undefined) kept[id] = { name: artefact, sha256: found.sha256, bytes: found.bytes }
  }
  return Object.keys(kept).length === 0 ? new Map() : new Map([[PART, Buffer.from(JSON.stringify(kept))]])
}

/** What a device of the rollout fetches for a variant; a way back has the artefacts of what it takes back. */
export async function artefactsOfRollout(
  { rollouts }: Pick<Store, 'rollouts'>,
  tenant: string,
  { id, back_of, deployer }: Pick<RolloutRow, 'id' | 'back_of' | 'deployer'>,
): Promise<(variant: string) => Artefact | undefined> {
  const bytes = (await rollouts.parts(tenant, back_of ?? id, [PART])).get(PART)
  if (bytes === undefined) return () => undefined
  const kept = keptShape.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  const base = baseOf(deployer)
  return (variant) => {
    const one = Object.hasOwn(kept, variant) ? kept[variant] : undefined
    // Without a place of its own an artefact is found by its name, as the model has it.
    return one === undefined ? undefined : { ...one, url: base === undefined ? one.name : `${base}/${one.sha256}` }
  }
}

function baseOf(deployer: unknown): string | undefined {
  if (typeof deployer !== 'object' || deployer === null || !('artefactsUrl' in deployer)) return undefined
  return typeof deployer.artefactsUrl === 'string' ? deployer.artefactsUrl.replace(/\/+$/, '') : undefined
}
