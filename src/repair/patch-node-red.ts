/** Edits of automations in files of node-red. */
import type { Patched } from './yaml-text.ts'

export function patchNodeRed(): Patched {
  return { why: 'repairs cannot be written as node-red yet' }
}
