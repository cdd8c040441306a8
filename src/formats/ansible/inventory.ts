/**
 * An Ansible inventory as JSON, piece by piece: what stands before the hosts, one entry of `_meta.hostvars` for each, the groups at the end. Group names are
 * made of letters, digits and `_`, as Ansible asks; `fleetproof_variant` of a host keeps the variant's own name, settings stand under `setting_<name>`.
 */
import type { AssignedDevice } from '../../model/assignment.ts'

/** By variant or outcome (`none`, `unmanaged`): the name of its group; each once. */
export function groupNames(keys: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>(['all', 'ungrouped', '_meta'])
  return new Map(
    keys.map((key) => {
      const base = key === 'none' || key === 'unmanaged' ? `outcome_${key}` : `variant_${key.replaceAll(/[^A-Za-z0-9_]/g, '_')}`
      let name = base
      for (let count = 2; taken.has(name); count++) name = `${base}_${count}`
      taken.add(name)
      return [key, name] as const
    }),
  )
}

export const INVENTORY_BEGIN = '{"_meta":{"hostvars":{'

/** `"host":{...}`, without what parts it from others. */
export function hostText({ device, outcome, variant, settings }: AssignedDevice): string {
  const variables = {
    fleetproof_outcome: outcome,
    ...(variant === null ? {} : { fleetproof_variant: variant }),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`setting_${name}`, value])),
  }
  return `${JSON.stringify(device)}:${JSON.stringify(variables)}`
}

export function groupBegin(name: string): string {
  return `,${JSON.stringify(name)}:{"hosts":[`
}
