/** What became known of devices: merged into what was known, new devices added. */
import { now, type Parts } from '../parts.ts'
import { notFound } from '../problem.ts'

export interface DeviceUpdate {
  readonly device: string
  /** Values by attribute; null removes one. */
  readonly context: Readonly<Record<string, unknown>>
  /** Nothing else is known of it from now on. */
  readonly whole?: boolean
}

/** Resolves when all are kept; the order of updates of one device is the order of the list. */
export async function keepContexts(
  parts: Parts,
  { tenant, fleet }: { readonly tenant: string; readonly fleet: string },
  updates: readonly DeviceUpdate[],
  way: 'upload' | 'mqtt' | 'http',
): Promise<void> {
  if (updates.length === 0) {
    if ((await parts.store.fleets.get(tenant, fleet)) === undefined) throw notFound(`there is no fleet \`${fleet}\``)
    return
  }
  const time = now(parts)
  const kept = await parts.store.fleets.change(
    tenant,
    fleet,
    updates.map(({ device, context, whole }) =>
      whole === true ? { is: 'put', device, context: withoutNulls(context) } : { is: 'patch', device, context },
    ),
    time,
  )
  if (kept === undefined) throw notFound(`there is no fleet \`${fleet}\``)
  // A device that was not there is there from its first update on; the later ones of the same batch are merged into it here.
  const fresh = new Map<string, Readonly<Record<string, unknown>>>()
  updates.forEach(({ device, context }, index) => {
    if (kept.outcomes[index] === 'absent') fresh.set(device, { ...fresh.get(device), ...context })
  })
  if (fresh.size > 0)
    await parts.store.fleets.change(
      tenant,
      fleet,
      [...fresh].map(([device, context]) => ({ is: 'put', device, context: withoutNulls(context) })),
      time,
    )
  parts.metrics.contexts.inc({ way, outcome: 'changed' }, updates.length)
  parts.changed(
    tenant,
    fleet,
    updates.map(({ device }) => device),
  )
}

const withoutNulls = (context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(context).filter(([, value]) => value !== null))
