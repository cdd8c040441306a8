// Mistakes in files of waves and of releases: code, place and words.
import { describe, expect, it } from 'vitest'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { readWavePolicy } from '../../src/plan/read-policy.ts'
import { readReleaseDescription } from '../../src/plan/release/read-description.ts'

const model = readFleetModel({
  name: 'model.yaml',
  text: 'fleetproof: 1\ncontext: {site: {text: true}, lab: {bool: true}, size: {int: true}, gateway: {device: true}}\ndevices: []\nvariants: {a: {}}\n',
})
if (!model.ok) throw new Error('the model is right')
const vocabulary = model.value

function waves(text: string): readonly string[] {
  return readWavePolicy({ name: 'waves.yaml', text }, vocabulary).diagnostics.map(
    ({ code, message, hint, at }) =>
      `${at.range?.start.line}:${at.range?.start.column} ${code} ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )
}

describe('files of waves', () => {
  it('say which format they are', () => {
    expect(waves('waves: []')).toEqual([
      '1:1 model/no-format `fleetproof-waves`, the version of the format, is missing (maybe begin with `fleetproof-waves: 1`)',
    ])
    expect(waves('fleetproof-waves: 9')).toEqual([
      '1:19 model/newer-format the waves are written in format 9, this program reads format 1 (maybe update fleetproof)',
    ])
    expect(waves('[1]')).toEqual([
      '1:1 model/no-waves a file of waves is a mapping of `waves`, `rest` and more, not a list (maybe begin with `fleetproof-waves: 1`)',
    ])
  })

  it('name every mistake at its place', () => {
    const text = [
      'fleetproof-waves: 1',
      'waves:',
      '  - {name: one, select: device.labb}',
      '  - {name: one, limit: 120%}',
      '  - {name: two, soak: soon}',
      'rate: {per_minute: 0}',
    ].join('\n')
    expect(waves(text)).toEqual([
      '4:24 model/wrong-value `120%` is more than the whole',
      '5:23 model/wrong-value `soon` is not a duration; durations are written `10 min` or `2 h`',
      expect.stringMatching(/^6:\d+ model\//),
    ])
    expect(waves('fleetproof-waves: 1\nwaves:\n  - {name: one, select: device.labb}\n  - {name: one}\n')).toEqual([
      expect.stringMatching(/^3:25 expression\/.*labb.*\(maybe `device.lab`\?\)$/),
      '4:12 model/duplicate-name `waves[0]` is called "one" too',
    ])
    expect(waves('fleetproof-waves: 1\nbudgets: [{over: device.site}]\n')).toEqual([
      '2:11 model/one-limit `budgets[0]` needs one of `max_unavailable` and `min_available`',
    ])
    expect(waves('fleetproof-waves: 1\nbugets: []\n')[0]).toMatch(/^2:1 model\/unknown-key `bugets` is not known here .*`budgets`/)
    expect(waves('fleetproof-waves: 1\ncapacity: [{over: device.site, limit: device.site}]\n')[0]).toMatch(/^2:39 expression\/type/)
    expect(waves('fleetproof-waves: 1\nlayers: {by: device.size, order: [a, b, a]}\n')).toEqual([
      '2:41 model/duplicate-name layer "a" stands twice',
    ])
    expect(waves('fleetproof-waves: 1\nwindows: [{from: "25:00", to: "06:00"}]\n')).toEqual([
      '2:19 model/wrong-value `25:00` is not a time of day, such as `22:30`',
    ])
    expect(waves('fleetproof-waves: 1\nwaves: [{name: rest}]\n')).toEqual([
      expect.stringMatching(/^2:\d+ model\/duplicate-name the rest is called "rest" as one of the waves is$/),
    ])
  })

  it('that are right are read whole', () => {
    const read = readWavePolicy(
      {
        name: 'waves.yaml',
        text: 'fleetproof-waves: 1\nsoak: 1 h\nwaves: [{name: a, select: device.lab, limit: 12.5%, soak: 10 min}]\nrest: {waves: as-needed}\nbefore: [{device: device.gateway}]\n',
      },
      vocabulary,
    )
    expect(read).toMatchObject({
      ok: true,
      value: {
        order: 'safe',
        waves: [
          {
            name: 'a',
            limit: { is: 'share', share: { numerator: 125, denominator: 1000 } },
            settings: { soak: 600_000, deviceTimeout: 900_000 },
          },
        ],
        rest: { count: 'as-needed', name: 'rest', settings: { soak: 3_600_000 } },
        dependencies: [{ goes: 'first' }],
      },
    })
  })
})

describe('descriptions of releases', () => {
  it('name components that do not fit, and gates that are none', () => {
    const told = (text: string) =>
      readReleaseDescription({ name: 'release.yaml', text }).diagnostics.map(({ code, message }) => `${code} ${message}`)
    expect(told('fleetproof-release: 2')).toEqual([
      'release/bad-format'.replace('release/', 'model/') + ' `fleetproof-release` must be 1, the version of the format, not the number 2',
    ])
    expect(told('fleetproof-release: 1\ncomponents: {app: {version: 1.0.0, needs: {backend: ">=2"}}, backend: {version: 1.0.0}}')).toEqual([
      'release/incompatible `app` 1.0.0 needs `backend` in `>=2`, the release has 1.0.0',
    ])
    expect(told('fleetproof-release: 1\nstages: [{name: s, entry: [{aproval: {}}]}]').length).toBeGreaterThan(0)
    expect(
      told('fleetproof-release: 1\nstages: [{name: s, entry: [{approval: {}}], tasks: [{rollout: w.yaml}], exit: [{soak: 2 h}]}]'),
    ).toEqual([])
  })
})
