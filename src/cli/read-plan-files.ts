// Reads the folder that `plan --out` or `plan --release` wrote.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Read } from '../diagnostics/diagnostic.ts'
import type { Plan } from '../model/plan.ts'
import { readPlan, readPlanHead } from '../plan/read-plan.ts'
import { readSource, unreadable } from './files.ts'
import { changesName, planName } from './plan-files.ts'
import type { Streams } from './streams.ts'

export async function readPlanFiles(folder: string, streams: Streams): Promise<Read<Plan>> {
  const head = await readSource(join(folder, planName), streams)
  if (!head.ok) return head
  const read = readPlanHead(head.value)
  if (!read.ok) return read
  const path = resolve(streams.workingDirectory, folder, changesName)
  try {
    await stat(path)
  } catch (error) {
    return {
      ok: false,
      diagnostics: [
        {
          code: 'plan/no-changes',
          severity: 'error',
          message: `\`${join(folder, changesName)}\`: ${unreadable(error)}`,
          at: { source: folder },
        },
      ],
    }
  }
  return readPlan(read.value, createReadStream(path), join(folder, changesName))
}
