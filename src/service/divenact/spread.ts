/** Spreads devices evenly over variants: each device over the variants of its capability. */
import type { Twin } from './deployment.ts'

export interface Spread {
  readonly device: string
  readonly variant: string
}

/** `capability` absent: a variant for any device that no other variant is made for. By id, so that the same devices and variants give the same. */
export function spreadEvenly(
  twins: readonly Twin[],
  variants: readonly { readonly id: string; readonly capability?: string }[],
): readonly Spread[] {
  const byCapability = new Map<string | undefined, string[]>()
  for (const { id, capability } of [...variants].sort(byId)) byCapability.set(capability, [...(byCapability.get(capability) ?? []), id])
  const next = new Map<string | undefined, number>()
  const spread: Spread[] = []
  for (const { deviceId, tags } of [...twins].sort((a, b) => (a.deviceId < b.deviceId ? -1 : 1))) {
    const own = tags['capability']
    const capability = typeof own === 'string' && byCapability.has(own) ? own : undefined
    const choices = byCapability.get(capability)
    if (choices === undefined) continue
    const turn = next.get(capability) ?? 0
    next.set(capability, turn + 1)
    spread.push({ device: deviceId, variant: choices[turn % choices.length]! })
  }
  return spread
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)
