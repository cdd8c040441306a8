/** Whatever one number of a bundle is changed, `verify` refutes it: for every kind of certificate, at random places, whether or not the hash is forged too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAssignment } from '../../src/engine.ts'
import { scriptsAgain } from '../../src/engine-scripts.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import type { Fleet } from '../../src/model/fleet.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Method, Solvers } from '../../src/solve/solvers.ts'
import { certificatesHash, sha256, type Manifest } from '../../src/verify/bundle.ts'
import { checkBundle, countOutcomes } from '../../src/verify/check-bundle.ts'
import { changed, numbersIn } from '../oracle/numbers-inside.ts'
import { mixedKinds, randomFrom, randomModel, type Random } from '../oracle/random-model.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 60 : 1000
const POLICIES = ['hard', 'hard', 'hard', 'unit', 'unit', 'whole', 'do_not_worsen'] as const

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

interface Bundle {
  readonly manifest: Manifest
  readonly lines: readonly string[]
  readonly model: FleetModel
  readonly fleet: Fleet
}

/** What `assign --out` writes, without files. */
async function bundleOf(text: string, force: Method | undefined): Promise<Bundle | undefined> {
  const open = (): never => {
    throw new Error('the devices stand in the model')
  }
  const { result, model, fleet } = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers, {
    ...(force === undefined ? {} : { limits: { force } }),
  })
  if (result.status !== 'assigned' || model === undefined || fleet === undefined) return undefined
  const { assignment, levels, certificates } = result
  const lines = fleet.ids.map((device, row) => {
    const { outcome, variant, settings } = assignment.choices[assignment.chosen[row]!]!
    return `${JSON.stringify({ device, outcome, variant: variant ?? null, settings })}\n`
  })
  const manifest: Manifest = {
    formatVersion: 1,
    schemaVersion: 1,
    model: 'model.yaml',
    replaced: {},
    inputs: { model: sha256(text) },
    devices: { name: 'devices.ndjson', sha256: sha256(lines.join('')), count: fleet.size },
    solvers: {},
    seed: 0,
    levels: levels.map((level) => ({ ...level })),
    counts: countOutcomes(assignment),
    certificates: JSON.parse(JSON.stringify(certificates)) as Manifest['certificates'],
    certificatesSha256: certificatesHash(certificates),
  }
  return { manifest, lines, model, fleet }
}

async function verdictOf({ manifest, lines, model, fleet }: Bundle): Promise<{ readonly verdict: string; readonly why: string }> {
  async function* devices(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(lines.join('')))
  }
  const read = await checkBundle({ manifest, model, fleet, inputs: manifest.inputs, devices: devices() })
  if (!read.ok) return { verdict: 'refused', why: read.diagnostics.map(({ message }) => message).join('; ') }
  const { wrong } = scriptsAgain(model, fleet, manifest.certificates)
  return { verdict: wrong.length > 0 ? 'refuted' : read.value.verdict, why: [...read.value.refuted, ...wrong].join('; ') }
}

const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!

describe('a bundle', () => {
  it('as it was written is never refuted, and one number more or less in it is, by every method', { timeout: 300_000 }, async () => {
    const seen = new Map<string, number>()
    const count = (word: string): void => void seen.set(word, (seen.get(word) ?? 0) + 1)
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomFrom(seed + 70_000)
      const text = randomModel(seed, { policies: POLICIES, kinds: mixedKinds(seed) })
      for (const method of [undefined, 'z3', 'flow', 'highs', 'sites'] as const) {
        const bundle = await bundleOf(text, method)
        if (bundle === undefined) continue
        const where = `seed ${seed}, ${method ?? 'any'}`
        const whole = await verdictOf(bundle)
        expect(whole.verdict, `${where}: ${whole.why}`).not.toMatch(/refuted|refused/)
        if (whole.verdict === 'holds') count('holds')
        const { manifest } = bundle
        for (const { is } of manifest.certificates) count(is)
        for (let time = 0; time < 3; time++) {
          const step = pick([-3, -1, 1, 2], random)
          const places = numbersIn({
            counts: manifest.counts,
            levels: manifest.levels,
            certificates: manifest.certificates,
            devices: { count: manifest.devices.count },
          })
          const path = pick(places, random)
          const other = changed(manifest, path, (before) => before + step)
          const found = await verdictOf({ ...bundle, manifest: other })
          expect(found.verdict, `${where}: ${path.join('.')} ${step}`).toMatch(/refuted|refused/)
          if (path[0] !== 'certificates') {
            count('number')
            continue
          }
          // A forger makes a new hash: what is then not refuted still proves what is claimed.
          const forged = await verdictOf({
            ...bundle,
            manifest: { ...other, certificatesSha256: certificatesHash(other.certificates) },
          })
          count(forged.verdict === 'refuted' ? 'forged' : forged.verdict === 'holds' ? 'as good' : 'open')
          // Bounds of components come to those of the levels, where none of them is open.
          if (path[2] === 'bound' && manifest.levels.every(({ gap, checkedBy }) => gap === 0 && checkedBy !== 'nobody'))
            expect(forged.verdict, `${where}: ${path.join('.')} ${step}`).toBe('refuted')
        }
        const at = manifest.certificates.findIndex(({ is }) => is === 'refutation')
        if (at >= 0) {
          const forgery = manifest.certificates.map((certificate, other) =>
            other === at && certificate.is === 'refutation'
              ? { ...certificate, scripts: certificate.scripts.map((script) => script.replace(/\(assert /, '(assert false)(assert ')) }
              : certificate,
          )
          const found = await verdictOf({
            ...bundle,
            manifest: { ...manifest, certificates: forgery, certificatesSha256: certificatesHash(forgery) },
          })
          expect(found.verdict, `${where}: a script`).toBe('refuted')
          count('script')
        }
        const row = Math.floor(random() * bundle.lines.length)
        const line = JSON.parse(bundle.lines[row]!) as { variant: string | null; outcome: string }
        const names = bundle.model.variants.map(({ id }) => id).filter((id) => id !== line.variant)
        const variant = random() < 0.3 && line.variant !== null ? null : (names[0] ?? null)
        if (variant === line.variant) continue
        const outcome = variant === null ? 'none' : 'variant'
        const lines = bundle.lines.map((one, at) => (at === row ? `${JSON.stringify({ ...line, outcome, variant, settings: {} })}\n` : one))
        const found = await verdictOf({ ...bundle, lines })
        expect(found.verdict, `${where}: ${line.variant ?? 'none'} becomes ${variant ?? 'none'}`).toMatch(/refuted|refused/)
        const hashed = { ...manifest, devices: { ...manifest.devices, sha256: sha256(lines.join('')) } }
        const forged = await verdictOf({ ...bundle, lines, manifest: hashed })
        expect(forged.verdict, `${where}: ${line.variant ?? 'none'} becomes ${variant ?? 'none'}`).toMatch(/refuted|refused/)
        count('device')
      }
    }
    for (const word of ['prices', 'refutation', 'enumeration', 'holds', 'forged', 'number', 'device', 'script', 'levels'])
      expect(seen.get(word) ?? 0, word).toBeGreaterThanOrEqual(10)
    expect(seen.get('sites') ?? 0).toBeGreaterThanOrEqual(5)
  })
})
