// Two rollouts must not speak of one device at the same time.
import type { Rollouts, RolloutRow } from '../../store/rollouts.ts'
import { planFromStore } from './stored-plan.ts'

const NAMED = 5

/** Which devices the rollout shares with one of the others, in words; nothing where it shares none. */
export async function sharesDevices(
  rollouts: Pick<Rollouts, 'parts'>,
  tenant: string,
  row: RolloutRow,
  others: readonly RolloutRow[],
): Promise<string | undefined> {
  if (others.length === 0) return undefined
  const own = new Set(await devicesOf(rollouts, tenant, row))
  for (const other of others) {
    const shared = (await devicesOf(rollouts, tenant, other)).filter((device) => own.has(device))
    if (shared.length === 0) continue
    const names = shared.slice(0, NAMED).map((device) => `\`${device}\``)
    const more = shared.length > NAMED ? ` and ${shared.length - NAMED} more` : ''
    return `rollout \`${other.id}\` is ${other.state} and changes ${names.join(', ')}${more} too`
  }
  return undefined
}

async function devicesOf(rollouts: Pick<Rollouts, 'parts'>, tenant: string, { id, head }: RolloutRow): Promise<readonly string[]> {
  return (await planFromStore(head, await rollouts.parts(tenant, id))).changes.ids
}
