/** Whole flows of Node-RED as they are read: the fixtures, the smart building, the real ones. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mergeBehaviours } from '../../src/compile/merge-behaviours.ts'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import { noAliases, type BehaviourPart } from '../../src/model/behaviour-part.ts'
import { indexOf } from '../../src/verify/behaviour-index.ts'
import { livenessOf } from '../../src/verify/liveness.ts'
import { behaviourOf, play } from '../fixtures/flows.ts'

const read = (path: string, application: string, change: (text: string) => string = (text) => text): BehaviourPart => {
  const result = readNodeRedFlow({ name: path, text: change(readFileSync(path, 'utf8')) }, { application })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}

describe('the fixtures', () => {
  const fixtures = join(import.meta.dirname, '../fixtures/node-red')
  it('fight over both directions of the shade once the brokers are one', () => {
    const parts = [read(join(fixtures, 'comfort.json'), 'user'), read(join(fixtures, 'energy-repaired.json'), 'energy')]
    const merged = mergeBehaviours(parts, { ...noAliases, brokers: [{ names: ['user', 'energy'], at: { source: 'aliases.yaml' } }] })
    if (!merged.ok) throw new Error(JSON.stringify(merged.diagnostics))
    const player = play(merged.value, 'mqtt:user/')
    expect([...player.message('/home/A/Input/bool/Motion', 'False')].sort()).toEqual([
      '/home/A/Output/bool/Shade_1_(Up)=false',
      '/home/A/Output/bool/Shade_1_(Up)=true',
    ])
    expect([...player.message('/home/A/Input/bool/Motion', 'True')].sort()).toEqual([
      '/home/A/Output/bool/Shade_1_(Down)=false',
      '/home/A/Output/bool/Shade_1_(Down)=true',
    ])
    expect(merged.value.applications[1]?.automations.find(({ name }) => name === 'Siren')?.triggers).toMatchObject([
      { on: 'never', causes: ['energy/siren-in -> gone-3'] },
    ])
  })
})

const data = join(import.meta.dirname, '../../../shared/data')
const present = existsSync(data)
const building = join(data, 'genesis/smartbuilding')

describe('the smart building', () => {
  const published = (part: BehaviourPart): readonly string[] =>
    part.attributes
      .filter(({ role }) => role === 'actuator')
      .map(({ id }) => id.replace(/^mqtt:[^/]*/, ''))
      .sort()
  const liveWriters = (part: BehaviourPart): ReadonlySet<string> =>
    new Set(
      livenessOf(behaviourOf(part))
        .writes.filter(({ attribute }) => attribute.startsWith('mqtt:'))
        .map(({ step }) => step.split('/').at(-1)!),
    )

  it.skipIf(!present)('publishes to the same 13 topics from both flows', () => {
    const [user, energy] = [read(join(building, 'homeio_user.json'), 'user'), read(join(building, 'homeio_energy.json'), 'energy')]
    expect(published(user)).toHaveLength(13)
    expect(published(energy)).toEqual(published(user))
  })
  it.skipIf(!present)('has 37 live writers in the comfort flow', () => {
    expect(liveWriters(read(join(building, 'homeio_user.json'), 'user')).size).toBe(37)
  })
  it.skipIf(!present)('has only dead writers in the energy flow, each with its cause', () => {
    const part = read(join(building, 'homeio_energy.json'), 'energy')
    expect(liveWriters(part).size).toBe(0)
    const dangling = new Set(part.application.dangling.map(({ id }) => id))
    const writing = part.application.automations.filter(({ steps }) =>
      steps.some((step) => step.do === 'set' && step.attribute.startsWith('mqtt:')),
    )
    expect(
      new Set(
        writing.flatMap(({ steps }) =>
          steps.flatMap((step) => (step.do === 'set' && step.attribute.startsWith('mqtt:') ? [step.id.split('/').at(-1)] : [])),
        ),
      ).size,
    ).toBe(45)
    for (const { triggers } of writing)
      for (const trigger of triggers) {
        expect(trigger.on).toBe('never')
        if (trigger.on !== 'never') continue
        expect(trigger.causes.length).toBeGreaterThan(0)
        expect(trigger.causes.every((cause) => dangling.has(cause))).toBe(true)
      }
  })
  it.skipIf(!present)('brings writers to life by one repaired link', () => {
    // The motion sensor's first dangling link is led to the lights.
    const part = read(join(building, 'homeio_energy.json'), 'energy', (text) => text.replace('"6068f541.ec4a74"', '"67c2d76b.5b7ab8"'))
    expect([...liveWriters(part)]).toEqual(['d3bd0b1b.a30908'])
  })
})

describe('real flows', () => {
  const files = present
    ? readdirSync(join(data, 'node-red'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .sort()
    : []
  it.skipIf(!present)('are read whole, every open value listed', () => {
    expect(files.length).toBeGreaterThan(20)
    for (const file of files) {
      const part = read(join(data, 'node-red', file), file)
      expect(() => indexOf(behaviourOf(part))).not.toThrow()
      const listed = new Set(part.application.unmodelled.map(({ id }) => id))
      for (const { steps, triggers } of part.application.automations) {
        const parts = [...JSON.stringify([steps, triggers.filter(({ on }) => on !== 'outside')]).matchAll(/"part":("(?:[^"\\]|\\.)*")/g)]
        for (const [, name] of parts) expect(listed).toContain(JSON.parse(name!) as string)
      }
    }
  })
})
