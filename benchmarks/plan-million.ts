// Question: how long does a plan of 1,000,000 changes take, with waves, budgets, capacities and mixed states proved in 20,000 sites, as a whole process that writes every page?
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { ingestScript } from './ingest-limit.ts'
import { builtCommandLine, figuresOf, measure, type Measured } from './measure.ts'
import { randomNumbers } from './random.ts'

const PER_SITE = 50
const ROOMS = 6

/** Every device changes; a gateway before what hangs under it, `lean-1` leaves a room before `edge-2` comes, and a gateway's memory holds at every moment. */
const model = `fleetproof: 1
context:
  kind: {enum: [gateway, lean, edge]}
  site: {text: true}
  room: {text: true}
  uplink: {text: true}
  gateway: {device: true}
  memory: {int: MB}
  lab: {bool: true}
  running: {text: true}
devices: devices.ndjson
current: {variant: device.running}
variants:
  gateway-1: {requires: 'device.kind == "gateway" && false', version: 1.0.0}
  gateway-2: {requires: 'device.kind == "gateway"', version: 2.0.0}
  lean-1: {requires: 'device.kind == "lean" && false', version: 1.0.0, uses: {memory: 8 MB}}
  lean-2: {requires: 'device.kind == "lean"', version: 2.0.0, uses: {memory: 6 MB}}
  edge-1: {requires: 'device.kind == "edge" && false', version: 1.0.0, uses: {memory: 8 MB}}
  edge-2: {requires: 'device.kind == "edge"', version: 2.0.0, uses: {memory: 10 MB}}
constraints:
  - capacity: {resource: memory, over: device.gateway, limit: group.memory}
  - requires_on: {device: device.gateway, if: 'variant.version.atLeast("2.0.0")', then: 'there.version.atLeast("2.0.0")'}
    during: true
  - no_conflict: {over: device.room, pairs: [[lean-1, edge-2]]}
objectives: [assigned]
`

const waves = `fleetproof-waves: 1
waves:
  - {name: lab, select: device.lab, limit: 1000, soak: 1 h, gate: {success: 99%, sample: 100}}
  - {name: tenth, limit: 10%, soak: 1 h}
rest: {waves: 4, name: rest}
gate: {success: 95%, sample: 100}
abort: [{share: 5%, sample: 100}]
rate: {base: 600, factor: 2, every_succeeded: 1000, most: 60000}
budgets: [{over: device.site, max_unavailable: 20%}]
capacity: [{name: uplink, over: device.uplink, limit: 2500}]
`

/** Writes devices, model, waves and a result in which every device gets what its kind may run; answers the folder. */
async function planFolder(count: number, seed: number): Promise<string> {
  const folder = join(fileURLToPath(new URL('../.cache/', import.meta.url)), `plan-${count}-${seed}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.part-${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(join(draft, 'result'), { recursive: true })
  const next = randomNumbers(seed)
  const devices = createWriteStream(join(draft, 'devices.ndjson'))
  const lines = createWriteStream(join(draft, 'result', 'devices.ndjson'))
  const hash = createHash('sha256')
  let kinds = { gateway: 0, lean: 0, edge: 0 }
  for (let site = 0; site * PER_SITE < count; site++) {
    let text = ''
    let result = ''
    const name = `s${String(site).padStart(5, '0')}`
    const lab = next() < 0.02
    const kindOf = Array.from({ length: Math.min(PER_SITE, count - site * PER_SITE) }, (_, at) =>
      at === 0 ? 'gateway' : next() < 0.6 ? 'lean' : 'edge',
    )
    const of = (kind: string): number => kindOf.filter((one) => one === kind).length
    // Just enough for today and for the end: not for all mixtures.
    const memory = Math.max(8 * (kindOf.length - 1), 6 * of('lean') + 10 * of('edge'))
    for (const [at, kind] of kindOf.entries()) {
      kinds = { ...kinds, [kind]: kinds[kind] + 1 }
      const id = `${name}-${String(at).padStart(2, '0')}`
      const own = at === 0 ? { memory } : { gateway: `${name}-00` }
      text += `${JSON.stringify({ id, kind, site: name, room: `${name}-r${at % ROOMS}`, uplink: `u${site % 100}`, lab, running: `${kind}-1`, ...own })}\n`
      result += `${JSON.stringify({ device: id, outcome: 'variant', variant: `${kind}-2`, settings: {} })}\n`
    }
    hash.update(result)
    for (const [stream, part] of [
      [devices, text],
      [lines, result],
    ] as const)
      if (!stream.write(part)) await once(stream, 'drain')
  }
  for (const stream of [devices, lines]) {
    stream.end()
    await once(stream, 'finish')
  }
  writeFileSync(join(draft, 'model.yaml'), model)
  writeFileSync(join(draft, 'waves.yaml'), waves)
  const manifest = {
    formatVersion: 1,
    schemaVersion: 1,
    model: '../model.yaml',
    replaced: {},
    inputs: { model: createHash('sha256').update(model).digest('hex'), 'devices.ndjson': await digest(join(draft, 'devices.ndjson')) },
    devices: { name: 'devices.ndjson', sha256: hash.digest('hex'), count },
    solvers: {},
    seed: 0,
    levels: [],
    counts: Object.fromEntries(Object.entries(kinds).map(([kind, size]) => [`${kind}-2`, size])),
    certificates: [],
  }
  writeFileSync(join(draft, 'result', 'manifest.json'), JSON.stringify(manifest))
  renameSync(draft, folder)
  return folder
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** `ratio`: the built package's command line as a whole process, against the ingest limit on the same devices. */
export async function planMillion({ runs, seed }: BenchmarkOptions, count = 1_000_000): Promise<BenchmarkResult> {
  const commandLine = await builtCommandLine()
  const folder = await planFolder(count, seed)
  const ours: Measured[] = []
  const baseline: Measured[] = []
  const words = [
    ...commandLine,
    'plan',
    join(folder, 'result'),
    '--waves',
    join(folder, 'waves.yaml'),
    '--json',
    '--out',
    join(folder, 'plan'),
    '--quota',
    '6000',
    '--batch',
    '100',
  ]
  let answer: unknown
  for (let run = 0; run < runs; run++) {
    const measured = await measure(words)
    if (measured.code !== 0) throw new Error(`plan ended with ${measured.code}: ${measured.output.slice(0, 2000)}`)
    ours.push(measured)
    answer = JSON.parse(measured.output)
    baseline.push(await measure([ingestScript, join(folder, 'devices.ndjson')]))
  }
  rmSync(join(folder, 'plan'), { recursive: true, force: true })
  const { plan, later } = answer as { readonly plan: Readonly<Record<string, unknown>>; readonly later: number }
  return {
    ...figuresOf(ours, baseline),
    details: { devices: count, changes: plan['changes'], waves: plan['waves'], later, safety: plan['safety'], estimate: plan['estimate'] },
  }
}
