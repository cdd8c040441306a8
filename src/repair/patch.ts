/** Puts edits into the sources that automations were read from; every other byte stays. */
import type { Behaviour } from '../model/automation.ts'
import { automationsOf } from './conditions.ts'
import type { Edit } from './edit.ts'
import { declareSwitches, patchHomeAssistant } from './patch-home-assistant.ts'
import { patchNative } from './patch-native.ts'
import { patchNodeRed } from './patch-node-red.ts'
import type { PatchableFile } from './patchable-file.ts'
import { isPatched, type Unpatchable } from './yaml-text.ts'

export interface PatchedFile extends PatchableFile {
  readonly after: string
}

/** The files that change, in their order; or why the edits cannot be written there. */
export function patchFiles(
  files: readonly PatchableFile[],
  edits: readonly Edit[],
  behaviour: Behaviour,
): readonly PatchedFile[] | Unpatchable {
  const automations = automationsOf(behaviour)
  const sourceOf = (id: string): string | undefined => automations.get(id)?.at.source
  const touched = new Set(edits.flatMap((edit) => ('automation' in edit ? [edit.automation] : edit.automations)).map(sourceOf))
  const changed: PatchedFile[] = []
  const roots = new Set(
    edits.some(({ is }) => is === 'switch')
      ? files.filter(({ root, format }) => root === true && format === 'home-assistant').map(({ name }) => name)
      : [],
  )
  for (const file of files) {
    if (!touched.has(file.name) && !roots.has(file.name)) continue
    touched.delete(file.name)
    const own = new Set([...automations.values()].filter(({ at }) => at.source === file.name).map(({ application }) => application))
    const patched = own.size === 0 ? file.text : patchText(file, edits, behaviour, own)
    const after = roots.has(file.name) && isPatched(patched) ? declareSwitches(patched, edits) : patched
    if (!isPatched(after)) return after
    if (after !== file.text) changed.push({ ...file, after })
  }
  if (touched.size > 0) return { why: 'nobody knows the file that an automation stands in' }
  return changed.length > 0 ? changed : { why: 'nothing would change' }
}

function patchText(file: PatchableFile, edits: readonly Edit[], behaviour: Behaviour, applications: ReadonlySet<string>) {
  switch (file.format) {
    case 'native':
      return patchNative(file.text, edits, behaviour, applications)
    case 'home-assistant':
      return patchHomeAssistant(file, edits, behaviour)
    case 'node-red':
      return patchNodeRed()
    default:
      return { why: `repairs cannot be written as ${file.format} yet` }
  }
}
