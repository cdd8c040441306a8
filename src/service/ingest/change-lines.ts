/** Changes of many devices in one body, as lines or as a list: kept in parts as they come, so that any number passes in bounded memory. */
import { z } from 'zod'
import type { Diagnostic, Position } from '../../diagnostics/diagnostic.ts'
import { eachTwin } from '../../formats/azure/twin-texts.ts'
import type { Parts } from '../parts.ts'
import { badInput } from '../problem.ts'
import { keepContexts, type DeviceUpdate } from './keep-contexts.ts'
import { targetUpdate } from './target-update.ts'
import { thingUpdate } from './thing-update.ts'
import { twinUpdate } from './twin-update.ts'

/** Lines of our own, or devices as other systems tell them: twins of an Azure IoT hub, things of Eclipse Ditto, targets of hawkBit. */
export const changeFormats = ['ndjson', 'twins', 'ditto', 'hawkbit'] as const
type ChangeFormat = (typeof changeFormats)[number]

interface Target {
  readonly tenant: string
  readonly fleet: string
  readonly idField: string
  readonly format: ChangeFormat
}

const AT_ONCE = 5000
const objectShape = z.record(z.string(), z.unknown())

/** What is wrong ends it: what came before is kept, and the problem says how much that is. */
export async function changeLines(
  parts: Parts,
  target: Target,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly lines: number; readonly changed: number }> {
  let waiting: DeviceUpdate[] = []
  let lines = 0
  let changed = 0
  let wrong: Diagnostic | undefined
  const keep = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    await keepContexts(parts, target, batch, 'upload')
    changed += batch.length
  }
  // The next piece is read when what the last one held is kept.
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      if (wrong !== undefined) return
      yield chunk
      while (waiting.length >= AT_ONCE) await keep()
    }
  }
  const broken = await eachTwin(pieces(), (text, at) => {
    if (wrong !== undefined) return
    lines++
    const read = updateOf(text, target)
    if ('wrong' in read) wrong = located(target, at, read.wrong)
    else if ('device' in read) waiting.push(read)
  })
  await keep()
  if (broken !== undefined) wrong ??= located(target, broken.at, sentences[broken.is])
  if (wrong !== undefined) throw badInput([wrong], `the ${changed} changes before the mistake were kept`)
  return { lines, changed }
}

const sentences = {
  open: 'the text ends within a device',
  odd: 'here stands something between devices',
  'too-long': 'a device is too long to be one',
} as const

function located({ fleet }: Target, at: Position, message: string): Diagnostic {
  return { code: 'formats/broken-line', severity: 'error', message, at: { source: `${fleet}/devices`, range: { start: at, end: at } } }
}

function updateOf(text: string, { idField, format }: Target): DeviceUpdate | { readonly wrong: string } | { readonly passed: true } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { wrong: 'the device is no JSON' }
  }
  const object = objectShape.safeParse(value)
  if (!object.success) return { wrong: 'a device is a mapping' }
  switch (format) {
    case 'twins':
      return twinUpdate(object.data)
    case 'ditto':
      return thingUpdate(object.data)
    case 'hawkbit':
      return targetUpdate(object.data)
    case 'ndjson':
      return ownUpdate(object.data, idField)
  }
}

function ownUpdate(data: Readonly<Record<string, unknown>>, idField: string): DeviceUpdate | { readonly wrong: string } {
  const { [idField]: device, ...context } = data
  return typeof device === 'string' && device !== '' && device.length <= 256
    ? { device, context }
    : { wrong: `the device has no \`${idField}\`` }
}
