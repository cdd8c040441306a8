// The README's example of the library; from outside, import from 'fleetproof'.
import { createReadStream, readFileSync } from 'node:fs'
import { assign, createSolvers } from '../src/index.ts'

const folder = new URL('.', import.meta.url)
const text = readFileSync(new URL('building.yaml', folder), 'utf8')

const solvers = createSolvers()
const result = await assign({ model: { name: 'building.yaml', text }, open: (name) => createReadStream(new URL(name, folder)) }, solvers)
if (result.status === 'assigned') console.log(result.optimal, result.levels)
await solvers.close()

export const status = result.status
