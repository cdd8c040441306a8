/** Faults planted at random in real homes are all found: 6 in the normal run, 30 in the long one (`FLEETPROOF_LONG`). The seeds stand in the names. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { Source } from '../../src/diagnostics/diagnostic.ts'
import { readHome } from '../../src/formats/home-assistant/read-home.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { behaviourOf } from '../fixtures/homes.ts'
import { plantedFaults, shows, withPlants } from '../fixtures/planted-faults.ts'

const HOMES = '../shared/data/homes'
const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const PLACES: readonly (readonly [home: string, root: string, count: number, seed: number])[] = LONG
  ? [
      ['billimek', 'configuration.yaml', 10, 1],
      ['burningstone91', 'home-assistant/configuration.yaml', 10, 2],
      ['mikelawrence', 'configuration.yaml', 10, 3],
    ]
  : [
      ['billimek', 'configuration.yaml', 3, 0],
      ['billimek', 'configuration.yaml', 3, 6],
    ]

let solvers: ReturnType<typeof createSolvers>
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

function filesOf(folder: string, below = ''): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>()
  for (const name of readdirSync(join(folder, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (statSync(join(folder, path)).isDirectory()) for (const [key, source] of filesOf(folder, path)) found.set(key, source)
    else found.set(path, { name: path, text: readFileSync(join(folder, path), 'utf8') })
  }
  return found
}

describe('planted faults', () => {
  it.skipIf(!existsSync(HOMES)).each(PLACES)(
    '%s (%s): all of %i with the seed %i',
    async (home, root, count, seed) => {
      const files = filesOf(join(HOMES, home))
      const read = (given: ReadonlyMap<string, Source>) => {
        const part = readHome(given, { application: home, root })
        if (!part.ok) throw new Error(JSON.stringify(part.diagnostics))
        return part.value
      }
      const plants = plantedFaults(read(files), count, seed)
      const { findings } = await checkConflicts(behaviourOf(read(withPlants(files, root, plants))), conflictKinds, solvers, {})
      expect(
        plants.filter((plant) => !findings.some((finding) => shows(plant, finding))).map(({ fault, about }) => `${fault}: ${about}`),
      ).toEqual([])
    },
    LONG ? 900_000 : 120_000,
  )
})
