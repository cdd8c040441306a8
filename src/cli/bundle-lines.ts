// The device lines of a bundle, one by one, in bounded memory.
import { createHash } from 'node:crypto'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import { eachLine } from '../formats/lines.ts'
import type { AssignedDevice } from '../model/assignment.ts'
import type { Manifest } from '../verify/bundle.ts'

/** What all lines together say. */
export interface BundleLines {
  /** Variants that a device got, sorted. */
  readonly variants: readonly string[]
  readonly settings: readonly string[]
  /** Outcomes other than a variant that a device got: `none`, `unmanaged`. */
  readonly outcomes: readonly string[]
  readonly devices: number
}

/** Calls `use` for every device in order; `pause` is awaited now and then, for output to drain. The first line that is none ends it. */
export async function eachDevice(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  use: (device: AssignedDevice) => void,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Diagnostic | undefined> {
  let broken: Diagnostic | undefined
  const paced = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk
      if (broken !== undefined) return
      await pause()
    }
  }
  await eachLine(paced(), (buffer, start, end, line) => {
    if (broken !== undefined || end === start) return
    const device = deviceOf(buffer.toString('utf8', start, end))
    if (device !== undefined) use(device)
    else {
      const range = { start: { line, column: 1 }, end: { line, column: 1 } }
      broken = { code: 'bundle/broken-line', severity: 'error', message: 'the line is no device of a result', at: { source, range } }
    }
  })
  return broken
}

function deviceOf(text: string): AssignedDevice | undefined {
  try {
    const value = JSON.parse(text) as Partial<AssignedDevice> | null
    if (value === null || typeof value.device !== 'string' || typeof value.settings !== 'object') return undefined
    const named = value.outcome === 'variant' ? typeof value.variant === 'string' : value.variant === null
    return named && ['variant', 'none', 'unmanaged'].includes(value.outcome ?? '') ? (value as AssignedDevice) : undefined
  } catch {
    return undefined
  }
}

/** Reads all lines once: what they hold, and whether they are those that the manifest was written for. */
export async function surveyLines(chunks: AsyncIterable<Uint8Array>, source: string, manifest: Manifest): Promise<Read<BundleLines>> {
  const hash = createHash('sha256')
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  const [variants, settings, outcomes] = [new Set<string>(), new Set<string>(), new Set<string>()]
  let devices = 0
  const broken = await eachDevice(hashed(), source, (device) => {
    devices += 1
    if (device.variant === null) outcomes.add(device.outcome)
    else variants.add(device.variant)
    for (const name in device.settings) settings.add(name)
  })
  if (broken !== undefined) return { ok: false, diagnostics: [broken] }
  if (devices !== manifest.devices.count || hash.digest('hex') !== manifest.devices.sha256) {
    const message = 'the lines are not those that the manifest was written for'
    const hint = 'maybe the result was changed or cut off; assign again'
    return { ok: false, diagnostics: [{ code: 'bundle/other-lines', severity: 'error', message, hint, at: { source } }] }
  }
  const sorted = (names: ReadonlySet<string>): readonly string[] => [...names].sort()
  return {
    ok: true,
    value: { variants: sorted(variants), settings: sorted(settings), outcomes: sorted(outcomes), devices },
    diagnostics: [],
  }
}
