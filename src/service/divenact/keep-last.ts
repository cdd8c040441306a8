/** What was assigned last to DivEnact's devices, as it is kept. */
import type { AssignedDevice } from '../../model/assignment.ts'
import type { Tables } from '../../store/store.ts'

export const lastCollection = 'divenact-assignments'
export const lastName = 'last'

interface LastAssignment {
  readonly tenant: string
  readonly actor: string
  readonly now: string
  readonly job: string
  /** Plan by device; those without one are left out. */
  readonly devices: Readonly<Record<string, string>>
}

export async function keepLast(
  { documents }: Pick<Tables, 'documents'>,
  { tenant, actor, now, job, devices }: LastAssignment,
): Promise<void> {
  await documents.put(tenant, lastCollection, lastName, { content: { job, devices } }, { actor, now })
}

/** Every device of a stored assignment with what it was given. */
export async function assignedDevices(
  { assignments }: Pick<Tables, 'assignments'>,
  tenant: string,
  id: string,
): Promise<readonly AssignedDevice[]> {
  const choices = (await assignments.get(tenant, id))?.choices ?? []
  const devices: AssignedDevice[] = []
  for await (const { ids, chosen } of (await assignments.chunks(tenant, id)) ?? [])
    ids.forEach((device, row) => {
      const { outcome, variant, settings } = choices[chosen[row]!]!
      devices.push({ device, outcome, variant: variant ?? null, settings })
    })
  return devices
}
