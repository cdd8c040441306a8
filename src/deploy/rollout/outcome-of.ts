// What a choice of a plan is on a device.
import type { Choice } from '../../model/outcome.ts'
import type { DeviceOutcome } from '../../model/rollout.ts'

export function outcomeOf(choice: Choice | undefined): DeviceOutcome {
  return { outcome: choice?.outcome ?? 'none', variant: choice?.variant ?? null, settings: { ...choice?.settings } }
}
