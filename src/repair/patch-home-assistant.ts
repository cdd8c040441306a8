/** Edits of automations in files of home-assistant. */
import type { Patched } from './yaml-text.ts'

export function patchHomeAssistant(): Patched {
  return { why: 'repairs cannot be written as home-assistant yet' }
}
