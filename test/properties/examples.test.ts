/** The example fleets: read without an error, and the routers' best values found by a second method, city by city, from the files themselves. */
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import { withTables } from '../../src/formats/join-tables.ts'
import { readNdjsonFleet } from '../../src/formats/ndjson/read-fleet.ts'
import { readTable } from '../../src/formats/ndjson/read-table.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())
const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

interface Router {
  readonly community: string
  readonly model?: string
  readonly gluon?: string
  readonly autoupdate: boolean
  readonly branch?: string
}
type Images = Readonly<Record<string, { readonly deprecated?: boolean; readonly broken?: boolean }>>

const RELEASES = ['v2019.1.3', 'v2020.2.3', 'v2021.1.2', 'v2022.1.4', 'v2023.2.6', 'v2025.1.3']
const lines = (path: string): readonly unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)

/** Preference and changes of each router with and without a beta build; in each city the best number of beta builds takes the routers that gain most by it. */
function bestValues(routers: readonly Router[], images: ReadonlyMap<string, Images>): readonly [number, number, number] {
  const cities = new Map<string, { readonly plain: readonly [number, number]; readonly beta?: readonly [number, number] }[]>()
  for (const { community, model, gluon, autoupdate, branch } of routers) {
    const image = images.get(model ?? '') ?? {}
    const usable = RELEASES.flatMap((release, index) => (image[release] !== undefined && image[release].broken !== true ? [index] : []))
    if (!autoupdate || branch === 'noupdate' || model === undefined || usable.length === 0) continue
    const today = RELEASES.findIndex(
      (release) => gluon !== undefined && `${gluon}.`.startsWith(`${release.split('.').slice(0, 2).join('.').slice(1)}.`),
    )
    const worth = (index: number): number => 10 * index - (image[RELEASES[index]!]?.deprecated === true ? 5 : 0)
    const plain = usable.map((index): readonly [number, number] => [worth(index), index === today ? 0 : -1]).toSorted(better)[0]!
    const eager = ['beta', 'experimental', 'testing', 'nightly'].includes(branch ?? '')
    const city = cities.get(community) ?? []
    cities.set(community, city)
    city.push(usable.includes(5) ? { plain, beta: [worth(5) + (eager ? 3 : 0), -1] } : { plain })
  }
  const total: [number, number, number] = [0, 0, 0]
  for (const city of cities.values()) {
    const gains = city
      .flatMap(({ plain, beta }) => (beta === undefined ? [] : [[beta[0] - plain[0], beta[1] - plain[1]] as const]))
      .toSorted(better)
    const [least, most] = [Math.ceil((city.length * 2) / 100), Math.floor((city.length * 5) / 100)]
    let sum: readonly [number, number] = [0, 0]
    const choices: (readonly [number, number])[] = []
    for (let count = 0; count <= Math.min(most, gains.length); count += 1) {
      if (count > 0) sum = [sum[0] + gains[count - 1]![0], sum[1] + gains[count - 1]![1]]
      if (count >= least) choices.push(sum)
    }
    const best = choices.toSorted(better)[0]
    if (best === undefined) throw new Error('a city cannot have as many beta builds as it must')
    total[0] += city.length
    total[1] += city.reduce((points, { plain }) => points + plain[0], best[0])
    total[2] -= city.reduce((changes, { plain }) => changes + plain[1], best[1])
  }
  return total
}

function better(a: readonly [number, number], b: readonly [number, number]): number {
  return b[0] - a[0] || b[1] - a[1]
}

async function assigned(
  model: string,
  devices: string,
  table: string | undefined,
): Promise<{ readonly values: readonly number[]; readonly bounds: readonly number[]; readonly said: readonly string[] }> {
  const read = readFleetModel({ name: model, text: readFileSync(file(model), 'utf8') })
  if (!read.ok) throw new Error(read.diagnostics[0]!.message)
  const joined = table === undefined ? undefined : await readTable('models.ndjson', createReadStream(table))
  const tables = new Map(joined?.ok === true ? [['models.ndjson', joined.value]] : [])
  const fleet = await readNdjsonFleet(read.value, devices, createReadStream(devices), tables)
  if (!fleet.ok) throw new Error(fleet.diagnostics[0]!.message)
  const compiled = compileAssignment(withTables(read.value, tables), fleet.value, placementConstraints)
  if (!compiled.ok) throw new Error(compiled.diagnostics[0]!.message)
  const verdict = await solvers.solveAssignment(compiled.value.problem)
  if (verdict.is !== 'solved') throw new Error(verdict.is)
  const { levels } = compiled.value.problem
  const reported = (minimised: readonly number[]): readonly number[] =>
    minimised.map((value, index) => (levels[index]!.sense === 'maximise' ? levels[index]!.offset - value : levels[index]!.offset + value))
  return {
    values: reported(verdict.value),
    bounds: reported(verdict.bound),
    said: [...fleet.diagnostics, ...compiled.diagnostics].map(({ code }) => code),
  }
}

const imagesOf = (path: string): ReadonlyMap<string, Images> =>
  new Map((lines(path) as readonly { readonly model: string; readonly gluon?: Images }[]).map(({ model, gluon }) => [model, gluon ?? {}]))

describe('the example of the routers', () => {
  it('reaches the best values of its own fixture, and reports its dirt', async () => {
    const [devices, models] = [file('examples/routers/routers.ndjson'), file('examples/routers/models.ndjson')]
    const found = await assigned('examples/routers/routers.yaml', devices, models)
    expect(found.values).toEqual(bestValues(lines(devices) as readonly Router[], imagesOf(models)))
    expect(found.values).toEqual([67, 2076, 67])
    expect(found.bounds).toEqual(found.values)
    expect(found.said).toEqual(['formats/unmatched-key'])
  })

  const data = fileURLToPath(new URL('../../../shared/data/fleets/freifunk/', import.meta.url))
  it.skipIf(!existsSync(data))('reaches the best values of 6,314 real routers', async () => {
    const [devices, models] = [`${data}nodes.ndjson`, `${data}models.ndjson`]
    const found = await assigned('examples/routers/routers.yaml', devices, models)
    expect(found.values).toEqual(bestValues(lines(devices) as readonly Router[], imagesOf(models)))
    expect(found.values).toEqual([5633, 184_486, 5632])
    expect(found.bounds).toEqual(found.values)
  })
})

describe('the example of the building', () => {
  it('assigns 291 of 300 gateways', async () => {
    const found = await assigned('examples/building.yaml', file('examples/building-devices.ndjson'), undefined)
    expect(found.values).toEqual([291, 0, 2034, 91])
    expect(found.bounds).toEqual(found.values)
    expect(found.said).toEqual([])
  })
})
