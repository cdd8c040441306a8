/** The routers that hold their mesh together: every level's value found by a second program, written by hand from the files themselves, router by router. */
import highsModule from 'highs'
import type { Highs } from 'highs'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readChanges, reassign, warmAssignment } from '../../src/engine-warm.ts'
import { runAssignment, type AssignmentRun } from '../../src/engine.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { readTrial } from '../../src/verify/judge.ts'

const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())
const example = fileURLToPath(new URL('../../examples/routers/', import.meta.url))
const data = fileURLToPath(new URL('../../../shared/data/fleets/freifunk/', import.meta.url))

interface Router {
  readonly id: string
  readonly community: string
  readonly domain?: string
  readonly model?: string
  readonly gluon?: string
  readonly autoupdate: boolean
  readonly branch?: string
  readonly online: boolean
}
interface Link {
  readonly a: string
  readonly b: string
  readonly t: string
}
type Images = Readonly<Record<string, { readonly deprecated?: boolean; readonly broken?: boolean }>>

const RELEASES = ['v2019.1.3', 'v2020.2.3', 'v2021.1.2', 'v2022.1.4', 'v2023.2.6', 'v2025.1.3']
const lines = (path: string): readonly unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)

/** One thing that a router may end as: its step, and what it is worth. */
interface Ending {
  /** As the model calls it; '' where the router has no other. */
  readonly id: string
  readonly step: number
  readonly assigned: number
  readonly preference: number
  readonly changed: number
  readonly beta: number
}

const LEFT: Omit<Ending, 'step'> = { id: '', assigned: 0, preference: 0, changed: 0, beta: 0 }

function endingsOf(router: Router, image: Images): readonly Ending[] {
  const usable = RELEASES.flatMap((release, step) => (image[release] !== undefined && image[release].broken !== true ? [step] : []))
  const today = RELEASES.findIndex((release) =>
    `${router.gluon ?? ''}.`.startsWith(`${release.split('.').slice(0, 2).join('.').slice(1)}.`),
  )
  const step = Math.max(0, today)
  const managed = router.autoupdate && router.branch !== 'noupdate' && router.model !== undefined && usable.length > 0
  if (!managed || (!router.online && !usable.includes(today))) return [{ step, ...LEFT }]
  const eager = ['beta', 'experimental', 'testing', 'nightly'].includes(router.branch ?? '')
  const worth = (release: number): number => 10 * release - (image[RELEASES[release]!]?.deprecated === true ? 5 : 0)
  const stable = usable.map((release) => ({
    id: RELEASES[release]!,
    step: release,
    assigned: 1,
    preference: worth(release),
    changed: release === today ? 0 : 1,
    beta: 0,
  }))
  if (!router.online) return stable.filter((ending) => ending.step === today)
  const beta = usable.includes(5)
    ? [{ id: `${RELEASES[5]!}-beta`, step: 5, assigned: 1, preference: worth(5) + (eager ? 3 : 0), changed: 1, beta: 1 }]
    : []
  // A router that gets nothing goes on with what it runs; one that runs a release of the list would lose it, which is a change.
  return [{ step, ...LEFT, id: 'none', changed: today < 0 ? 0 : 1 }, ...stable, ...beta]
}

/** Assigned, preference and changes of one community, each the best among what is best before; and, where it is known what routers were given, the fewest that end otherwise, those that have no choice left aside. */
async function bestOf(
  highs: Highs,
  routers: readonly Router[],
  links: readonly Link[],
  images: ReadonlyMap<string, Images>,
  given?: ReadonlyMap<string, string>,
): Promise<readonly number[]> {
  const endings = routers.map((router) => endingsOf(router, images.get(router.model ?? '') ?? {}))
  const start = endings.reduce<number[]>((at, own) => [...at, at.at(-1)! + own.length], [0])
  const flat = endings.flat()
  const place = new Map(routers.map(({ id }, at) => [id, at]))
  const rows: { readonly lower: number; readonly upper: number; readonly of: Map<number, number> }[] = []
  const columns = (router: number, which: (ending: Ending) => boolean): readonly number[] =>
    endings[router]!.flatMap((ending, i) => (which(ending) ? [start[router]! + i] : []))
  routers.forEach((_, at) => rows.push({ lower: 1, upper: 1, of: new Map(columns(at, () => true).map((j) => [j, 1])) }))
  for (const { a, b, t } of links) {
    const [p, q] = [place.get(a), place.get(b)]
    if (t !== 'wifi' || p === undefined || q === undefined) continue
    for (const [one, other] of [
      [p, q],
      [q, p],
    ] as const)
      for (let step = 2; step <= 5; step++) {
        const of = new Map(columns(one, (ending) => ending.step >= step).map((j) => [j, 1]))
        for (const j of columns(other, (ending) => ending.step >= step - 1)) of.set(j, -1)
        rows.push({ lower: -Infinity, upper: 0, of })
      }
  }
  const grouped = (keyOf: (router: Router) => string): ReadonlyMap<string, readonly number[]> => {
    const groups = new Map<string, number[]>()
    routers.forEach((router, at) => groups.set(keyOf(router), [...(groups.get(keyOf(router)) ?? []), at]))
    return groups
  }
  const count = (members: readonly number[], of: (ending: Ending) => number): Map<number, number> =>
    new Map(members.flatMap((at) => endings[at]!.map((ending, i) => [start[at]! + i, of(ending)] as const)))
  for (const members of grouped(({ community, domain }) => domain ?? community).values())
    rows.push({ lower: -Infinity, upper: Math.floor((members.length * 30) / 100), of: count(members, ({ changed }) => changed) })
  for (const members of grouped(({ community }) => community).values()) {
    const managed = members.filter((at) => endings[at]!.some(({ assigned }) => assigned === 1)).length
    rows.push({
      lower: Math.ceil((managed * 2) / 100),
      upper: Math.floor((managed * 5) / 100),
      of: count(members, ({ beta }) => beta),
    })
  }
  const starts = rows.reduce<number[]>((at, { of }) => [...at, at.at(-1)! + of.size], [0])
  const model = highs.createModel({
    numCols: flat.length,
    numRows: rows.length,
    colCost: new Float64Array(flat.length),
    colLower: new Float64Array(flat.length),
    colUpper: new Float64Array(flat.length).fill(1),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper }) => upper),
    matrix: {
      format: 'csr',
      numRows: rows.length,
      numCols: flat.length,
      starts: Int32Array.from(starts),
      indices: Int32Array.from(rows.flatMap(({ of }) => [...of.keys()])),
      values: Float64Array.from(rows.flatMap(({ of }) => [...of.values()])),
    },
    integrality: new Int32Array(flat.length).fill(1),
  })
  try {
    model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 })
    const found: number[] = []
    const owner = endings.flatMap((own, at) => own.map(() => at))
    const moved = (e: Ending, j: number): number => (endings[owner[j]!]!.length > 1 && given?.get(routers[owner[j]!]!.id) !== e.id ? 1 : 0)
    const model3 = [(e: Ending) => -e.assigned, (e: Ending) => -e.preference, (e: Ending) => e.changed]
    for (const cost of given === undefined ? model3 : [...model3, moved]) {
      const costs = Float64Array.from(flat, (e, j) => cost(e, j))
      model.changeColsCost({ kind: 'range', from: 0, to: costs.length - 1 }, costs)
      model.run()
      if (model.getModelStatus() !== highs.constants.modelStatus.optimal) throw new Error('the second program has no optimum')
      const values = model.getSolution().colValue
      const best = Math.round(costs.reduce((sum, one, j) => sum + one * values[j]!, 0))
      found.push(best)
      const indices = [...costs.keys()].filter((j) => costs[j] !== 0)
      if (indices.length > 0) model.addRow(-highs.infinity, best, { indices, values: indices.map((j) => costs[j]!) })
    }
    return await Promise.resolve([-found[0]!, -found[1]!, ...found.slice(2)])
  } finally {
    model.dispose()
  }
}

async function bestValues(
  routers: readonly Router[],
  links: readonly Link[],
  images: ReadonlyMap<string, Images>,
  given?: ReadonlyMap<string, string>,
): Promise<readonly number[]> {
  const highs = await (highsModule as unknown as () => Promise<Highs>)()
  const total = given === undefined ? [0, 0, 0] : [0, 0, 0, 0]
  for (const community of new Set(routers.map((router) => router.community))) {
    const own = await bestOf(
      highs,
      routers.filter((router) => router.community === community),
      links,
      images,
      given,
    )
    own.forEach((value, level) => (total[level]! += value))
  }
  return total
}

async function assigned(folder: string, devices: string): Promise<AssignmentRun> {
  const name = `${example}relations.yaml`
  const open = (source: string): AsyncIterable<Uint8Array> =>
    createReadStream(source === 'steps.ndjson' ? `${example}${source}` : source.includes('/') ? source : `${folder}${source}`)
  return runAssignment({ model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${folder}${devices}` }, solvers, {})
}

const imagesOf = (path: string): ReadonlyMap<string, Images> =>
  new Map((lines(path) as readonly { readonly model: string; readonly gluon?: Images }[]).map(({ model, gluon }) => [model, gluon ?? {}]))

async function compare(folder: string, devices: string): Promise<AssignmentRun> {
  const run = await assigned(folder, devices)
  if (run.result.status !== 'assigned') throw new Error(run.result.status)
  const { levels } = run.result
  expect(levels.map(({ name, gap, checkedBy }) => [name, gap, checkedBy])).toEqual([
    ['assigned', 0, 'arithmetic'],
    ['preference', 0, 'arithmetic'],
    ['changes', 0, 'arithmetic'],
  ])
  const links = lines(`${folder}links.ndjson`) as readonly Link[]
  const best = await bestValues(lines(`${folder}${devices}`) as readonly Router[], links, imagesOf(`${folder}models.ndjson`))
  expect(levels.map(({ value }) => value)).toEqual(best)
  return run
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}

function idsByRouter({ result, fleet }: AssignmentRun): ReadonlyMap<string, string> {
  if (result.status !== 'assigned' || fleet === undefined) throw new Error(result.status)
  const { choices, chosen } = result.assignment
  return new Map(fleet.ids.map((id, row) => [id, choices[chosen[row]!]!.id]))
}

describe('routers that hold their mesh together', () => {
  it('of the fixture reach the values of a second program; a corrupted proof proves less or nothing', { timeout: 120_000 }, async () => {
    const { result, model, fleet } = await compare(example, 'routers.ndjson')
    if (result.status !== 'assigned' || model === undefined || fleet === undefined) throw new Error('no assignment')
    const trial = readTrial(model, fleet)
    const proved = boundOf(trial, result.certificates).values!
    const at = result.certificates.findIndex((one) => one.is === 'levels')
    const certificate = result.certificates[at] as Extract<Certificate, { is: 'levels' }>
    const withOther = (other: Certificate): readonly bigint[] =>
      boundOf(
        trial,
        result.certificates.map((one, i) => (i === at ? other : one)),
      ).values ?? []
    const less = (values: readonly bigint[]): boolean => {
      const differs = proved.findIndex((value, level) => values[level] !== value)
      return differs >= 0 && (values[differs] === undefined || values[differs] < proved[differs]!)
    }
    const corrupted = (change: (price: number) => number): Certificate => ({
      ...certificate,
      levels: certificate.levels.map((level) => ({
        ...level,
        prices: level.prices.map((price) => ({ ...price, price: change(price.price) })),
        clashes: level.clashes.map(([clash, price]) => [clash, change(price)] as const),
      })),
    })
    expect(less(withOther(corrupted((price) => price * 3)))).toBe(true)
    expect(less(withOther(corrupted((price) => -price)))).toBe(true)
    expect(less(withOther(corrupted((price) => price + 0.5)))).toBe(true)
    // Choices that may well stand side by side are no clash.
    const all = certificate.choices.map((_, choice) => choice)
    const invented = certificate.clashes.map((clash) => ({
      ...clash,
      members: clash.members.map((member) => ({ ...member, choices: all })),
    }))
    expect(less(withOther({ ...certificate, clashes: invented }))).toBe(true)
    expect(less(withOther({ ...certificate, levels: certificate.levels.slice(1) }))).toBe(true)
  })

  it('of the fixture move the fewest once all behind a gateway are offline', { timeout: 240_000 }, async () => {
    const name = `${example}relations.yaml`
    const open = (source: string): AsyncIterable<Uint8Array> =>
      source === 'offline.ndjson' ? bytes(text) : createReadStream(source.includes('/') ? source : `${example}${source}`)
    let text = ''
    const inputs = { model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${example}routers.ndjson` }
    const first = await warmAssignment(inputs, solvers)
    if (first.result.status !== 'assigned' || first.warm === undefined) throw new Error(first.result.status)
    const given = idsByRouter(first)
    const routers = lines(`${example}routers.ndjson`) as readonly (Router & { readonly gw?: string })[]
    const [links, images] = [lines(`${example}links.ndjson`) as readonly Link[], imagesOf(`${example}models.ndjson`)]
    let [moved, answered] = [0, 0]
    for (const gateway of ['gw1', 'gw2', 'gw3', 'gw4']) {
      const after = routers.map((router) => (router.gw === gateway ? { ...router, online: false } : router))
      text = after.flatMap((router) => (router.gw === gateway ? [`${JSON.stringify(router)}\n`] : [])).join('')
      const changed = await readChanges(first.warm, 'offline.ndjson', open)
      if (!changed.ok) throw new Error(changed.diagnostics[0]!.message)
      const again = await reassign(first.warm, { devices: changed.value, today: 'reported' }, solvers)
      if (again.result.status === 'impossible') {
        await expect(bestValues(after, links, images, given), gateway).rejects.toThrow('no optimum')
        continue
      }
      if (again.result.status !== 'assigned') throw new Error(again.result.status)
      answered++
      const { levels, optimal } = again.result
      expect(optimal, gateway).toBe(true)
      expect(levels.map((level) => level.name)).toEqual(['assigned', 'preference', 'changes', 'moves'])
      const best = await bestValues(after, links, images, given)
      // Routers that have no choice may have moved too, whatever is chosen for the others.
      const now = idsByRouter(again)
      const alone = after.filter((router) => endingsOf(router, images.get(router.model ?? '') ?? {}).length === 1)
      const forced = alone.filter(({ id }) => now.get(id) !== given.get(id)).length
      expect(
        levels.map(({ value }) => value),
        gateway,
      ).toEqual([...best.slice(0, 3), best[3]! + forced])
      moved += best[3]! + forced
    }
    expect(answered).toBeGreaterThan(1)
    expect(moved).toBeGreaterThan(0)
  })

  it.skipIf(!existsSync(data))('of eight real communities reach the values of a second program', { timeout: 400_000 }, async () => {
    const { result } = await compare(data, 'nodes.ndjson')
    if (result.status !== 'assigned') throw new Error(result.status)
    expect(result.levels.map(({ value }) => value)).toEqual([5190, 73_688, 1783])
  })
})
