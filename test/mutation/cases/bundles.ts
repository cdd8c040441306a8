/** Bundles with every sort of certificate, as they are and with one thing changed: what the checker says of them, word for word. */
import { strictEqual } from 'node:assert'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Certificate } from '../../../src/model/certificate.ts'
import type { Choice } from '../../../src/model/outcome.ts'
import { certificatesHash, sha256, type Manifest } from '../../../src/verify/bundle.ts'
import { checkBundle, countOutcomes, type OpenedBundle } from '../../../src/verify/check-bundle.ts'
import { changed, numbersIn } from '../../oracle/numbers-inside.ts'
import { randomFrom, type Random } from '../../oracle/random-model.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import { once, type Case } from './case.ts'
import { modelText } from './models.ts'

/** What the engine answered to a model, and `said`: the checker's words on each variation, shortened. */
export interface Answered {
  readonly model: string
  readonly choices: readonly Choice[]
  readonly chosen: readonly number[]
  readonly levels: Manifest['levels']
  readonly certificates: readonly Certificate[]
  readonly said: readonly string[]
}

export const FILE = new URL('../../golden/mutants/bundles.json', import.meta.url)
const VARIATIONS = 11

export function bundleCases(): readonly Case[] {
  const answers = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Answered[]
  return answers.map((answered, at): Case => {
    const made = once(() => madeOf(answered))
    return {
      name: `says of bundle ${at}, ${answered.model}, what it said`,
      async run() {
        for (const [variation, said] of answered.said.entries())
          strictEqual(await saidOf(made(), variation), said, `variation ${variation}`)
      },
    }
  })
}

/** What the checker says of every variation. */
export async function allSaid(answered: Omit<Answered, 'said'>): Promise<readonly string[]> {
  const made = madeOf(answered)
  const said: string[] = []
  for (let variation = 0; variation < VARIATIONS; variation++) said.push(await saidOf(made, variation))
  return said
}

interface Made {
  readonly input: ReturnType<typeof smallFleet>
  readonly manifest: Manifest
  readonly lines: readonly string[]
}

function madeOf({ model: name, choices, chosen, levels, certificates }: Omit<Answered, 'said'>): Made {
  const text = modelText(name)
  const input = smallFleet(text)
  const lines = input.fleet.ids.map((device, row) => {
    const { outcome, variant, settings } = choices[chosen[row]!]!
    return `${JSON.stringify({ device, outcome, variant: variant ?? null, settings })}\n`
  })
  const manifest: Manifest = {
    formatVersion: 1,
    schemaVersion: 1,
    model: 'model.yaml',
    replaced: {},
    inputs: { model: sha256(text) },
    devices: { name: 'devices.ndjson', sha256: sha256(lines.join('')), count: input.fleet.size },
    solvers: {},
    seed: 0,
    levels,
    counts: countOutcomes({ choices, chosen: Int32Array.from(chosen) }),
    certificates: certificates as Manifest['certificates'],
    certificatesSha256: certificatesHash(certificates),
  }
  return { input, manifest, lines }
}

async function saidOf({ input, manifest, lines }: Made, variation: number): Promise<string> {
  const { model, fleet } = structuredClone(input)
  const other = varied(structuredClone(manifest), lines, variation, randomFrom(variation * 7919 + lines.length))
  async function* devices(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(other.lines.join('')))
  }
  const opened: OpenedBundle = { manifest: other.manifest, model, fleet, inputs: other.inputs ?? other.manifest.inputs, devices: devices() }
  const read = await checkBundle(opened)
  const words = JSON.stringify(read, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return `${read.ok ? read.value.verdict : 'refused'} ${createHash('sha1').update(words).digest('hex').slice(0, 10)}`
}

interface Varied {
  readonly manifest: Manifest
  readonly lines: readonly string[]
  readonly inputs?: Readonly<Record<string, string>>
}

/** The bundle itself, then one thing of it changed: a number of a certificate, with a new hash; a certificate or a part of it left out; a device, a count, a level, an input. */
function varied(manifest: Manifest, lines: readonly string[], variation: number, random: Random): Varied {
  const below = (n: number): number => Math.floor(random() * n)
  const forged = (certificates: Manifest['certificates']): Varied => ({
    lines,
    manifest: { ...manifest, certificates, certificatesSha256: certificatesHash(certificates) },
  })
  const rewritten = (changed: readonly string[]): Varied => ({
    lines: changed,
    manifest: { ...manifest, devices: { ...manifest.devices, sha256: sha256(changed.join('')) } },
  })
  switch (variation) {
    case 0:
      return { manifest, lines }
    case 1:
      return forged(manifest.certificates.slice(1))
    case 2: {
      const at = below(lines.length)
      return rewritten(
        lines.map((line, row) => (row === at ? line.replace(/"outcome".*/, '"outcome":"none","variant":null,"settings":{}}') : line)),
      )
    }
    case 3: {
      const [first, second] = [below(lines.length), below(lines.length)]
      const rest = (line: string): string => line.slice(line.indexOf(',"outcome"'))
      return rewritten(
        lines.map((line, row) =>
          row === first || row === second ? line.replace(rest(line), rest(lines[row === first ? second : first]!)) : line,
        ),
      )
    }
    case 4:
      return { lines: lines.slice(1), manifest, inputs: {} }
    case 5:
      return forged([...manifest.certificates, ...manifest.certificates.slice(0, 1)])
    case 6: {
      const levels = manifest.levels.map((level, at) =>
        at === below(manifest.levels.length) ? { ...level, bound: level.bound + below(3) - 1 } : level,
      )
      return { lines, manifest: { ...manifest, levels } }
    }
    case 7:
      return forged(shortened(manifest.certificates, random))
    default: {
      const paths = numbersIn(manifest.certificates)
      if (paths.length === 0) return forged([])
      return forged(changed(manifest.certificates, paths[below(paths.length)]!, (before) => before + [-3, -1, 1, 2, 5][below(5)]!))
    }
  }
}

/** Some list inside the certificates loses its first entry. */
function shortened<T>(certificates: T, random: Random): T {
  const lists: unknown[][] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value) && value.length > 0) lists.push(value)
    Object.values(value).forEach(walk)
  }
  const copy = structuredClone(certificates)
  walk(copy)
  lists[Math.floor(random() * lists.length)]?.shift()
  return copy
}
