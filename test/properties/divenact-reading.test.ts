/** DivEnact's documents: each of its rules, as it is written, against what the model made of it says. */
import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkExpression } from '../../src/expression/check.ts'
import { evaluate } from '../../src/expression/evaluate.ts'
import { variantScope } from '../../src/expression/scope.ts'
import { looksLikeDivenact, readDivenact } from '../../src/formats/divenact/read-divenact.ts'
import { writeDivenactAnswer } from '../../src/formats/divenact/write-answer.ts'
import type { ExpressionText, FleetModel, Variant } from '../../src/model/fleet-model.ts'

const SEED = 20_240_607

interface Plan {
  readonly vsn: string
  readonly compu_lvl: number
  readonly comm_lvl: number
  readonly dp_acc: string
  readonly intlmodule: string
}

interface Device {
  readonly env: string
  readonly dv_acc: string
  readonly network: string
  readonly powersource: string
}

/** The hard rules, one line each, for a device that runs a plan with these settings. */
function allowed(d: Device, p: Plan, acclr: boolean, intledge: boolean): boolean {
  const comm = p.intlmodule === 'flexible' && intledge ? p.comm_lvl - 1 : p.comm_lvl
  const compu = p.intlmodule === 'flexible' && !intledge ? p.compu_lvl - 1 : acclr ? p.compu_lvl - 1 : p.compu_lvl
  if (d.network === '3g' && !(comm < 2)) return false
  if (comm === 3 && d.network !== 'wifi') return false
  if (compu === 3 && d.powersource !== 'fixed') return false
  if (d.powersource === 'battery' && !(comm === 1 && compu === 1)) return false
  if (acclr && !(intledge && d.dv_acc !== 'acc_none' && d.dv_acc === p.dp_acc)) return false
  if (p.intlmodule === 'cloud' && intledge) return false
  if (p.intlmodule === 'edge' && !intledge) return false
  return !(p.vsn === 'development' && d.env !== 'staging')
}

/** The same as the variant's requirement and rules say it. */
function holds(model: FleetModel, variant: Variant, d: Device, acclr: boolean, intledge: boolean): boolean {
  const values: Readonly<Record<string, string | boolean>> = {
    'device.env': d.env,
    'device.dv_acc': d.dv_acc,
    'device.network': d.network,
    'device.powersource': d.powersource,
    'settings.acclr': acclr,
    'settings.intledge': intledge,
  }
  const truth = (expression: ExpressionText): boolean => {
    const checked = checkExpression(expression, variantScope(model, variant), 'bool')
    if (!checked.ok) throw new Error(`${expression.text}: ${checked.diagnostics[0]!.message}`)
    return evaluate(checked.value, (path) => values[path]) === true
  }
  return (variant.requires === undefined || truth(variant.requires)) && variant.rules.every((rule) => !truth(rule.if) || truth(rule.then))
}

const levels = [1, 2, 3] as const
const versions = ['development', 'preview', 'release'] as const
const accelerators = ['tpu', 'gpu', 'acc_none'] as const
const networks = ['wifi', '3g', '4g', 'offline'] as const
const powers = ['fixed', 'battery', 'ac'] as const
const modules = ['edge', 'cloud', 'flexible'] as const
const product = <A, B>(as: readonly A[], bs: readonly B[]): readonly (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const))

function read(document: unknown): { readonly model: FleetModel; readonly devices: number } {
  const found = readDivenact({ name: 'd.json', text: JSON.stringify(document) })
  if (!found.ok) throw new Error(found.diagnostics.map(({ message }) => message).join('; '))
  return { model: found.value.model, devices: found.value.fleet.size }
}

describe('the hard rules', () => {
  it('are the same for every plan, device and setting', () => {
    const plans = product(product(versions, modules), product(product(levels, levels), accelerators)).map(
      ([[vsn, intlmodule], [[compu_lvl, comm_lvl], dp_acc]]): Plan => ({ vsn, compu_lvl, comm_lvl, dp_acc, intlmodule }),
    )
    const devices = product(product(['staging', 'production'] as const, accelerators), product(networks, powers)).map(
      ([[env, dv_acc], [network, powersource]]): Device => ({ env, dv_acc, network, powersource }),
    )
    const { model } = read({ deployments: Object.fromEntries(plans.map((plan, index) => [`p${index}`, plan])), devices: { d: devices[0] } })
    expect(plans).toHaveLength(243)
    let differences = 0
    let possible = 0
    plans.forEach((plan, index) => {
      // Every third plan with every device, and every plan with every third device: all rules meet all values.
      for (let each = 0; each < devices.length; each += index % 3 === 0 ? 1 : 3) {
        for (const [acclr, intledge] of product([false, true], [false, true])) {
          const wanted = allowed(devices[each]!, plan, acclr, intledge)
          if (wanted) possible += 1
          if (wanted !== holds(model, model.variants[index]!, devices[each]!, acclr, intledge)) differences += 1
        }
      }
    })
    expect(differences).toBe(0)
    expect(possible).toBeGreaterThan(1000)
  })
})

describe('the soft rules', () => {
  const device = (env: string): Device => ({ env, dv_acc: 'acc_none', network: 'wifi', powersource: 'fixed' })
  const plan = (vsn: string): Plan => ({ vsn, compu_lvl: 1, comm_lvl: 1, dp_acc: 'acc_none', intlmodule: 'edge' })
  const uses = (model: FleetModel): readonly unknown[] =>
    model.constraints.map(({ kind, parameters, policy }) => [
      kind,
      parameters,
      policy.is === 'soft' ? `${policy.weight} ${policy.per}` : policy.is,
    ])

  it('are uses of ordinary kinds, all or nothing', () => {
    const devices = Object.fromEntries(
      ['staging', 'staging', ...Array.from({ length: 9 }, () => 'production')].map((env, index) => [`d${index}`, device(env)]),
    )
    const { model } = read({ deployments: { A: plan('development'), B: plan('preview'), C: plan('release') }, devices })
    expect(uses(model)).toEqual([
      ['placement/distinct', { of: 'device.env == "staging"' }, '50 whole'],
      ['placement/each-used', { variants: ['A'] }, '30 whole'],
      // floor(9 / 5) + 1
      ['placement/quota', { variant: 'B', of: 'device.env == "production"', exact: 2 }, '40 whole'],
      // floor(0.75 * 11 / 3) = floor(2.75)
      ['placement/diversity', { variant: 'A', more_than: 2 }, '20 whole'],
      ['placement/diversity', { variant: 'B', more_than: 2 }, '20 whole'],
      ['placement/diversity', { variant: 'C', more_than: 2 }, '20 whole'],
    ])
    expect(model.objectives).toEqual([{ is: 'score', assigned: 200, preference: 0, changes: 0 }])
  })

  it('promise no points for a share of no devices', () => {
    const { model } = read({ deployments: { B: plan('preview') }, devices: { d: device('staging') } })
    expect(uses(model).map((use) => (use as readonly string[])[0])).toEqual(['placement/distinct', 'placement/diversity'])
  })

  it('count as the original counts, for any number of devices and plans', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), fc.nat(40), (size, plans, staging) => {
        const devices = Object.fromEntries(
          Array.from({ length: size }, (_, index) => [`d${index}`, device(index < staging ? 'staging' : 'production')]),
        )
        const { model } = read({
          deployments: Object.fromEntries(Array.from({ length: plans }, (_, index) => [`p${index}`, plan('preview')])),
          devices,
        })
        const production = Math.max(0, size - staging)
        const quotas = model.constraints.filter(({ kind }) => kind === 'placement/quota')
        expect(quotas.map(({ parameters }) => (parameters as { readonly exact: number }).exact)).toEqual(
          production === 0 ? [] : Array.from({ length: plans }, () => Math.floor(production / 5) + 1),
        )
        for (const { kind, parameters } of model.constraints)
          if (kind === 'placement/diversity') expect(parameters).toMatchObject({ more_than: Math.floor((0.75 * size) / plans) })
      }),
      { seed: SEED, numRuns: 60 },
    )
  })
})

describe('the document', () => {
  it('is known by its keys', () => {
    const looks = (text: string): boolean => looksLikeDivenact({ name: 'x', text })
    expect(looks('deployments:\n  A: {}\ndevices:\n  d: {}\n')).toBe(true)
    expect(looks('{"devices": {}, "deployments": {}}')).toBe(true)
    expect(looks('fleetproof: 1\nvariants: {}\ndevices: d\n')).toBe(false)
    expect(looks('- deployments\n- devices\n')).toBe(false)
  })

  it('says what is wrong where it stands', () => {
    const text =
      'deployments:\n  A: {vsn: releese, compu_lvl: 4, comm_lvl: 1, dp_acc: acc_none, intlmodule: edge}\ndevices:\n  d: {env: staging, dv_acc: npu, network: wifi}\n'
    const found = readDivenact({ name: 'd.yml', text })
    expect(
      found.diagnostics.map(({ code, message, at }) => `${at.range!.start.line}:${at.range!.start.column} ${code} ${message}`),
    ).toEqual([
      '2:12 model/unknown-value `deployments.A.vsn` can be `development`, `preview` or `release`, not the text "releese"',
      '2:32 model/out-of-range `deployments.A.compu_lvl` is 4, it must be at most 3',
      '4:29 model/unknown-value `devices.d.dv_acc` can be `tpu`, `gpu` or `acc_none`, not the text "npu"',
      '4:6 model/missing-key `devices.d.powersource` is missing; it can be `fixed`, `battery` or `ac`',
    ])
  })

  it('comes back with its answer', () => {
    const input = {
      deployments: { B: { vsn: 'release', extra: 1 }, A: { deployed: ['old'] } },
      devices: { d2: { env: 'staging' }, d1: { deploy: 'A', acclr: true }, d3: {} },
    }
    const answer = writeDivenactAnswer(input, [
      { device: 'd2', outcome: 'variant', variant: 'B', settings: { acclr: false, intledge: true } },
      { device: 'd1', outcome: 'variant', variant: 'B', settings: { acclr: true, intledge: true } },
      { device: 'd3', outcome: 'none', variant: null, settings: {} },
    ])
    expect(answer).toEqual({
      deployments: { B: { vsn: 'release', extra: 1, deployed: ['d1', 'd2'] }, A: { deployed: [] } },
      devices: {
        d2: { env: 'staging', deploy: 'B', acclr: false, intledge: true },
        d1: { deploy: 'B', acclr: true, intledge: true },
        d3: { deploy: 'nodp', acclr: false, intledge: false },
      },
    })
    expect(Object.keys(answer.deployments)).toEqual(['B', 'A'])
  })

  const sample = new URL('../../../shared/data/divenact/answer-100.json', import.meta.url)
  it.skipIf(!existsSync(sample))('has the shape of an answer that DivEnact gave, written again from its own choices', () => {
    const text = readFileSync(sample, 'utf8')
    const given = JSON.parse(text) as {
      readonly devices: Readonly<Record<string, { readonly deploy: string; readonly acclr: boolean; readonly intledge: boolean }>>
    }
    expect(readDivenact({ name: 'answer-100.json', text }).diagnostics).toEqual([])
    const devices = Object.entries(given.devices).map(([device, { deploy, acclr, intledge }]) =>
      deploy === 'nodp'
        ? ({ device, outcome: 'none', variant: null, settings: {} } as const)
        : ({ device, outcome: 'variant', variant: deploy, settings: { acclr, intledge } } as const),
    )
    expect(writeDivenactAnswer(given, devices)).toEqual(given)
  })
})
