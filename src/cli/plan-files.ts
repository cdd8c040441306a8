// A plan as files in a folder: plan.json beside changes.ndjson.
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import type { Plan } from '../model/plan.ts'
import { planHeadOf, planPages } from '../plan/pages.ts'
import { makeFolder } from './files.ts'
import type { Streams } from './streams.ts'

export const planName = 'plan.json'
export const changesName = 'changes.ndjson'

export async function writePlan(folder: string, plan: Plan, streams: Streams): Promise<void> {
  const target = resolve(streams.workingDirectory, folder)
  await makeFolder(target)
  const stream = createWriteStream(join(target, changesName), { highWaterMark: 1 << 20 })
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => undefined)
  for (const page of planPages(plan)) if (!stream.write(page)) await Promise.race([once(stream, 'drain'), failed])
  stream.end()
  await Promise.race([once(stream, 'finish'), failed])
  await writeFile(join(target, planName), `${JSON.stringify(planHeadOf(plan), null, 1)}\n`)
}
