// DivEnact's documents through the command line, against the meaning of its rules read a second time and against a second program.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { divenactDocument } from '../../benchmarks/divenact-documents.ts'
import { allowed, mayRun, parseDivenact, score, solveMilp } from '../../benchmarks/divenact-milp.ts'
import { call } from '../fixtures/command-line.ts'

const folder = fileURLToPath(new URL('../../../shared/data/divenact/', import.meta.url))
const present = existsSync(folder)

interface Answer {
  readonly status: string
  readonly optimal: boolean
  readonly levels: readonly { readonly name: string; readonly value: number; readonly bound: number; readonly checkedBy: string }[]
  readonly devices: readonly {
    readonly device: string
    readonly variant: string | null
    readonly settings: { readonly acclr?: boolean; readonly intledge?: boolean }
  }[]
  readonly unassigned: readonly {
    readonly device: string
    readonly reasons: readonly { readonly variant: string; readonly text: string }[]
  }[]
}

async function assign(text: string): Promise<Answer> {
  const { code, out, error } = await call(['assign', '-', '--json'], { workingDirectory: '/', input: text })
  expect([code, error]).toEqual([0, ''])
  return JSON.parse(out) as Answer
}

/** Every device's plan and settings keep the hard rules; answers the score as the second reading counts it. */
function recount(text: string, answer: Answer): number {
  const problem = parseDivenact(text)
  expect(answer.devices.map(({ device }) => device)).toEqual([...problem.devices.keys()])
  for (const { device, variant, settings } of answer.devices) {
    if (variant === null) continue
    const plan = problem.plans.get(variant)!
    expect(typeof settings.acclr).toBe('boolean')
    expect(typeof settings.intledge).toBe('boolean')
    expect(
      allowed(problem.devices.get(device)!, plan, settings.acclr!, settings.intledge!),
      `${device} runs ${variant} with ${JSON.stringify(settings)}`,
    ).toBe(true)
  }
  return score(problem, new Map(answer.devices.map(({ device, variant }) => [device, variant ?? undefined])))
}

async function holdTo(text: string, best: number): Promise<void> {
  const answer = await assign(text)
  expect(answer).toMatchObject({ status: 'assigned', optimal: true })
  expect(answer.levels).toEqual([expect.objectContaining({ name: 'score', value: best, bound: best })])
  expect(recount(text, answer)).toBe(best)
}

describe.skipIf(!present)('the fleets of DivEnact', () => {
  const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8')

  it.each([
    ['fleet-25x5.yml', 4350],
    ['fleet-25x7.yml', 5190],
    ['fleet-100x5.yml', 16900],
    ['fleet-400x5.yml', 80100],
    ['fleet-20x4.yml', 4180],
  ] as const)('%s: %i, by the engine, by its own answer counted again, and by HiGHS', async (name, best) => {
    const text = read(name)
    await holdTo(text, best)
    expect(await solveMilp(parseDivenact(text))).toBe(best)
  })

  it('answers in the form of DivEnact', async () => {
    const theirs = JSON.parse(read('answer-100.json')) as DivenactAnswer
    const { code, out } = await call(['assign', '-', '--format', 'divenact'], { workingDirectory: '/', input: read('fleet-100x5.yml') })
    expect(code).toBe(0)
    const ours = JSON.parse(out) as DivenactAnswer
    expect(shapeOf(ours)).toEqual(shapeOf(theirs))
    const given = Object.entries(ours.devices)
    for (const [plan, { deployed }] of Object.entries(ours.deployments))
      expect(deployed).toEqual(given.flatMap(([id, { deploy }]) => (deploy === plan ? [id] : [])).sort())
    const without = given.filter(([, { deploy }]) => deploy === 'nodp')
    expect(without.length).toBeGreaterThan(0)
    for (const [, { acclr, intledge }] of without) expect([acclr, intledge]).toEqual([false, false])
    const input = parse(read('fleet-100x5.yml')) as DivenactAnswer
    expect(Object.keys(ours.devices)).toEqual(Object.keys(input.devices))
    expect(ours.devices['dv0']).toMatchObject(input.devices['dv0']!)
  })

  it('says of each device that plan A alone could serve why it gets nothing without it', async () => {
    const document = parse(read('fleet-25x7.yml')) as { deployments: Record<string, unknown>; devices: Record<string, unknown> }
    delete document.deployments['A']
    const text = stringify(document)
    const answer = await assign(text)
    const problem = parseDivenact(text)
    const mayRunNothing = [...problem.devices].flatMap(([id, device]) =>
      [...problem.plans.values()].some((plan) => mayRun(device, plan)) ? [] : [id],
    )
    expect(mayRunNothing).toEqual(['dv3', 'dv15', 'dv19', 'dv24'])
    expect(answer.unassigned.map(({ device }) => device)).toEqual(mayRunNothing)
    for (const { device, reasons } of answer.unassigned) {
      // Facts for each plan: no device with them may run it, and with one of them fewer some device may.
      expect(reasons.map(({ variant }) => variant)).toEqual(['B', 'C', 'D', 'E', 'F', 'G'])
      for (const { variant, text: why } of reasons) {
        const facts = [...new Set([...why.matchAll(/device\.(\w+)/g)].map(([, fact]) => fact as keyof Device))]
        const mine = problem.devices.get(device)!
        const mayRunIt = (known: readonly (keyof Device)[]) =>
          everyDevice().some((other) => known.every((fact) => other[fact] === mine[fact]) && mayRun(other, problem.plans.get(variant)!))
        expect(facts.length, why).toBeGreaterThan(0)
        expect(mayRunIt(facts), why).toBe(false)
        for (const fact of facts) expect(mayRunIt(facts.filter((other) => other !== fact)), `${why}, without ${fact}`).toBe(true)
      }
    }
    const { out } = await call(['assign', '-'], { workingDirectory: '/', input: text })
    expect(out).toContain('  4 devices have no variant\n')
  })
})

/** All devices that DivEnact's words can describe. */
type Device = Readonly<Record<'env' | 'dv_acc' | 'network' | 'powersource', string>>
const everyDevice = (): readonly Device[] =>
  ['staging', 'production'].flatMap((env) =>
    ['acc_none', 'tpu', 'gpu'].flatMap((dv_acc) =>
      ['wifi', '3g', '4g', 'offline'].flatMap((network) =>
        ['fixed', 'ac', 'battery'].map((powersource) => ({ env, dv_acc, network, powersource })),
      ),
    ),
  )

interface DivenactAnswer {
  readonly deployments: Readonly<Record<string, { readonly deployed: readonly string[] }>>
  readonly devices: Readonly<Record<string, { readonly deploy: string; readonly acclr: boolean; readonly intledge: boolean }>>
}

/** Keys and types of the first plan and the first device, and the keys around them. */
function shapeOf(answer: DivenactAnswer): unknown {
  const typesOf = (value: object) =>
    Object.fromEntries(
      (Object.entries(value) as [string, unknown][])
        .map(([key, part]): [string, string] => [key, Array.isArray(part) ? 'list' : typeof part])
        .sort(),
    )
  return [
    Object.keys(answer),
    Object.keys(answer.deployments).sort(),
    ...[Object.values(answer.deployments), Object.values(answer.devices)].map((all) => [
      ...new Set(all.map((one) => JSON.stringify(typesOf(one)))),
    ]),
  ]
}

describe('documents made at random', () => {
  const sizes = [
    [5, 2],
    [8, 3],
    [12, 4],
    [20, 4],
    [30, 5],
    [40, 6],
    [60, 5],
    [80, 8],
    [120, 5],
    [150, 10],
  ] as const
  it.each(
    sizes.flatMap(
      ([devices, plans], at) =>
        [
          [devices, plans, 100 + at],
          [devices, plans, 200 + at],
        ] as const,
    ),
  )('%i devices and %i plans (seed %i): as good as HiGHS finds', async (devices, plans, seed) => {
    const text = divenactDocument(devices, plans, seed)
    await holdTo(text, await solveMilp(parseDivenact(text)))
  })
})
