/** Assignments that keep fighting compositions apart, against listing every assignment of every site and checking what stands there whole. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import { withEnvironment } from '../../src/compile/behaviour-environment.ts'
import { mergeBehaviours } from '../../src/compile/merge-behaviours.ts'
import { compositionsOver } from '../../src/engine-cuts.ts'
import { runAssignment } from '../../src/engine.ts'
import { readNativeBehaviour } from '../../src/formats/native/read-behaviour.ts'
import { defaultEffects } from '../../src/formats/places/read-effects.ts'
import type { BehaviourPart } from '../../src/model/behaviour-part.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { randomFrom } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const names = ['air', 'guard', 'heat', 'light', 'night', 'steward'] as const
const folder = new URL('../../examples/fleet-conflicts/', import.meta.url)
const partOf = (name: string): BehaviourPart => {
  const read = readNativeBehaviour({ name, text: readFileSync(new URL(`${name}.yaml`, folder), 'utf8') })
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'))
  return read.value
}
const behaviours = new Map(names.map((name) => [name as string, [partOf(name)]]))

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

/** Whether something is found across the variants, asked directly. */
const fights = new Map<string, Promise<boolean>>()
async function fight(variants: readonly string[]): Promise<boolean> {
  const parts = variants.map((name) => behaviours.get(name)![0]!)
  const merged = mergeBehaviours(parts)
  if (!merged.ok) throw new Error('they do not fit together')
  const world = withEnvironment(merged.value, parts, { effects: defaultEffects(), places: [], safety: [] })
  if (!world.ok) throw new Error('no world')
  const kinds = conflictKinds.filter(({ shownBy }) => shownBy === 'run')
  const { findings } = await checkConflicts(world.value, kinds, solvers)
  const application = (rule: string): string => rule.slice(0, rule.indexOf('/'))
  return findings.some(({ rules, verdict }) => verdict !== 'proved' && new Set(rules.map(application)).size > 1)
}
function fightOnce(variants: readonly string[]): Promise<boolean> {
  const key = [...variants].sort().join(' ')
  const known = fights.get(key) ?? (variants.length < 2 ? Promise.resolve(false) : fight([...variants].sort()))
  fights.set(key, known)
  return known
}

type Likes = Readonly<Record<string, number>>

/** The most devices with a variant at a site, then the greatest liking. */
async function bestOf(site: readonly Likes[]): Promise<readonly [number, number]> {
  let best: readonly [number, number] = [0, 0]
  const walk = async (at: number, chosen: readonly string[], value: readonly [number, number]): Promise<void> => {
    if (at < site.length) {
      await walk(at + 1, chosen, value)
      for (const [name, liking] of Object.entries(site[at]!)) await walk(at + 1, [...chosen, name], [value[0] + 1, value[1] + liking])
    } else if ((value[0] > best[0] || (value[0] === best[0] && value[1] > best[1])) && !(await fightOnce([...new Set(chosen)])))
      best = value
  }
  await walk(0, [], [0, 0])
  return best
}

const fleetText = (sites: readonly (readonly Likes[])[]): string =>
  [
    'fleetproof: 1',
    `context: {site: {text: true}, ${names.map((name) => `${name}: {int: count}`).join(', ')}}`,
    'devices:',
    ...sites.flatMap((site, at) =>
      site.map(
        (likes, place) => `  - {id: d${at}-${place}, site: s${at}, ${names.map((name) => `${name}: ${likes[name] ?? 0}`).join(', ')}}`,
      ),
    ),
    'variants:',
    ...names.map((name) => `  ${name}: {requires: device.${name} > 0, prefers: device.${name}, behaviour: 'native:${name}.yaml'}`),
    'constraints: [{no_conflict: {over: device.site}}]',
    'objectives: [assigned, preference]',
    '',
  ].join('\n')

const openNever = (): never => {
  throw new Error('the devices stand in the model')
}
const open = (reference: string) => Promise.resolve({ ok: true as const, value: behaviours.get(reference.slice(7, -5))!, diagnostics: [] })

describe('fleets whose variants fight', () => {
  it('are assigned as well as any assignment that stands', { timeout: 240_000 }, async () => {
    const random = randomFrom(11)
    const sites = Array.from({ length: 100 }, () =>
      Array.from({ length: 2 + Math.floor(random() * 3) }, (): Likes =>
        Object.fromEntries(names.flatMap((name) => (random() < 0.45 ? [[name, 1 + Math.floor(random() * 6)] as const] : []))),
      ),
    )
    const { result } = await runAssignment(
      { model: { name: 'fleet.yaml', text: fleetText(sites) }, open: openNever, behaviours: { open } },
      solvers,
    )
    if (result.status !== 'assigned') throw new Error(result.status)
    const expected = [0, 0]
    for (const site of sites) {
      const [assigned, liking] = await bestOf(site)
      expected[0]! += assigned
      expected[1]! += liking
    }
    expect(result.optimal).toBe(true)
    expect(result.levels.map(({ value }) => value)).toEqual(expected)
    // Exactly the fighting ones: each composition of the six is as the plain check says wherever it stands, and the pair stands with the third.
    const standing = result.separation!.together.map(({ variants }) => variants.join(' '))
    expect(standing.filter((key) => /light night/.test(key))).not.toEqual([])
    expect(standing.every((key) => !/light night/.test(key) || key.includes('steward'))).toBe(true)
    for (const { variants } of result.separation!.together) expect([variants, await fightOnce(variants)]).toEqual([variants, false])
  })

  it('are cut by no more than fights', { timeout: 120_000 }, async () => {
    const all = compositionsOver(behaviours, solvers)
    const cutsOf = async (variants: readonly string[]) =>
      (await all.cuts(await all.prove(variants))).map(({ present, absent }) => [present, absent])
    expect(await cutsOf(['heat', 'air', 'guard'])).toEqual([[['air', 'heat'], []]])
    expect(await cutsOf(['night', 'light'])).toEqual([[['light', 'night'], ['steward']]])
    expect(await cutsOf(['steward', 'light', 'guard', 'heat'])).toEqual([[['guard', 'light', 'steward'], []]])
    expect(await all.holds({ present: ['light', 'night'], absent: ['steward'] })).toBe(true)
    for (const wrong of [
      { present: ['light', 'night'], absent: [] },
      { present: ['guard', 'light'], absent: [] },
      { present: ['light', 'night', 'steward'], absent: [] },
      { present: ['light', 'nobody'], absent: [] },
      { present: ['heat', 'air'], absent: ['air'] },
    ])
      expect([wrong, await all.holds(wrong)]).toEqual([wrong, false])
  })

  it('have one key for behaviours that differ in names only', async () => {
    const renamed = JSON.parse(
      JSON.stringify([...behaviours])
        .replaceAll('claim', 'token')
        .replaceAll('hall', 'corridor'),
    ) as [string, BehaviourPart[]][]
    const keys = async (own: ReadonlyMap<string, readonly BehaviourPart[]>) =>
      Promise.all(
        [
          ['light', 'night', 'steward'],
          ['guard', 'light'],
        ].map(async (variants) => (await compositionsOver(own, solvers).prove(variants)).key),
      )
    const [before, after] = [await keys(behaviours), await keys(new Map(renamed))]
    expect(after).toEqual(before)
    expect(new Set(before).size).toBe(2)
    const other = JSON.parse(JSON.stringify([...behaviours]).replaceAll('"value":false', '"value":true')) as [string, BehaviourPart[]][]
    expect(await keys(new Map(other))).not.toEqual(before)
  })
})

describe('sets that are forbidden only without others', () => {
  it('mean what the plain meaning says, by each method', { timeout: 120_000 }, async () => {
    const random = randomFrom(7)
    const below = (n: number): number => Math.floor(random() * n)
    const seen = { impossible: 0, binding: 0 }
    for (let seed = 0; seed < 25; seed++) {
      const pick = (): string => ['a', 'b', '{variant: c, settings: {fast: true}}', '{variant: c, settings: {fast: false}}'][below(4)]!
      const some = (): string => [...new Set(Array.from({ length: 1 + below(2) }, pick))].join(', ')
      const sets = Array.from({ length: 1 + below(3) }, () =>
        random() < 0.7 ? `{with: [${some()}], without: [${some()}]}` : `[${some()}]`,
      )
      const policy = ['', '    soft: {weight: 3}\n', '    soft: {weight: 2, per: whole}\n'][below(3)]!
      const needs = random() < 0.5 ? '  - each_used: {variants: [c]}\n' : ''
      const text = `fleetproof: 1
context: {room: {text: true}, n: {int: count}}
devices:
${Array.from({ length: 4 }, (_, at) => `  - {id: d${at}, room: ${'xy'[below(2)]!}, n: ${below(4)}}`).join('\n')}
variants:
  a: {prefers: device.n}
  b: {prefers: "2", requires: device.n < 3}
  c: {prefers: '3 - device.n + (settings.fast ? 1 : 0)', settings: {fast: {bool: true}}}
constraints:
  - no_conflict: {over: device.room, sets: [${sets.join(', ')}]}
${policy}${needs}  - quota: {variant: a, exact: ${below(3)}}
objectives: [soft, assigned, preference]
`
      const { model, fleet } = smallFleet(text)
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible') seen.impossible++
      for (const force of ['z3', 'highs', 'sites', undefined] as const) {
        const { result } = await runAssignment(
          { model: { name: 'model.yaml', text }, open: openNever },
          solvers,
          force && { limits: { force } },
        )
        if (best === 'impossible') expect([seed, force, result.status]).not.toEqual([seed, force, 'assigned'])
        else if (result.status === 'assigned' && result.optimal)
          expect([seed, force, result.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value) + 0)]).toEqual([
            seed,
            force,
            best.vector.map((value) => value + 0),
          ])
        else if (force === undefined || force === 'z3') expect([text, force, result.status]).toBe('solved')
      }
      const free = smallFleet(text.replace(/sets: \[.*\]\}/, 'sets: []}'))
      const without = oracleOf(free.model, free.fleet).best()
      if (JSON.stringify(without === 'impossible' ? '' : without.vector) !== JSON.stringify(best === 'impossible' ? '' : best.vector))
        seen.binding++
    }
    expect(seen.binding).toBeGreaterThan(9)
  })
})
