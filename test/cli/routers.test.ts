// The real routers through the command line: the best values that a second method finds (test/properties/examples.test.ts), their dirt a warning.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { call } from '../fixtures/command-line.ts'

const example = fileURLToPath(new URL('../../examples/routers', import.meta.url))
const data = fileURLToPath(new URL('../../../shared/data/fleets/freifunk', import.meta.url))

describe('the routers', () => {
  it.skipIf(!existsSync(`${data}/nodes.ndjson`))('of all communities get the best values, every level proved', async () => {
    const words = [
      'assign',
      'routers.yaml',
      '--devices',
      `${data}/nodes.ndjson`,
      '--table',
      `models.ndjson=${data}/models.ndjson`,
      '--json',
    ]
    const { code, out } = await call(words, { workingDirectory: example })
    expect(code).toBe(0)
    const answer = JSON.parse(out) as { optimal: boolean; levels: unknown; counts: Record<string, number>; devices: readonly unknown[] }
    expect(answer.optimal).toBe(true)
    expect(answer.levels).toEqual([
      { name: 'assigned', value: 5633, bound: 5633, gap: 0, checkedBy: 'arithmetic' },
      { name: 'preference', value: 184486, bound: 184486, gap: 0, checkedBy: 'arithmetic' },
      { name: 'changes', value: 5632, bound: 5632, gap: 0, checkedBy: 'arithmetic' },
    ])
    expect({ none: 0, ...answer.counts }).toMatchObject({ unmanaged: 681, none: 0 })
    expect(Object.values(answer.counts).reduce((sum, count) => sum + count, 0)).toBe(6314)
    expect(answer.devices).toHaveLength(6314)
  })

  it('of the small fixture: dirt is a warning and ends nothing', async () => {
    const { code, out, error } = await call(['assign', 'routers.yaml'], { workingDirectory: example })
    expect(code).toBe(0)
    expect(out).toContain('\n  optimal: ')
    expect(error).toBe(
      'models.ndjson warning formats/unmatched-key  1 device has a `model` that `models.ndjson` does not hold; the first: `ulm-99` with `Commodore 64`\n',
    )
  })
})
