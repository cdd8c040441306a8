/** Every script of a certificate is self-contained and refuted, the invariants among them; variants that fight are told from those that do not. */
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import { compositionsOver } from '../../src/engine-cuts.ts'
import { readNativeBehaviour } from '../../src/formats/native/read-behaviour.ts'
import type { BehaviourPart } from '../../src/model/behaviour-part.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { randomBehaviour } from '../oracle/random-behaviour.ts'

const solvers = createSolvers()
afterAll(() => solvers.close())

it('holds scripts that are all refuted', async () => {
  const scripts = new Map<string, string>()
  for (let seed = 500; seed < 540; seed++) {
    const { findings } = await checkConflicts(randomBehaviour(seed, { waiting: seed % 2 === 0 }), conflictKinds, solvers)
    for (const { certificate, subject } of findings)
      if (certificate?.is === 'refutation')
        for (const { text, says } of certificate.scripts) scripts.set(text, `${seed} ${subject}: ${says}`)
  }
  const texts = [...scripts.keys()]
  const answers = await solvers.askAll(texts, { rlimit: 10_000_000 })
  expect(texts.filter((_, index) => answers[index]?.is !== 'unsat').map((text) => scripts.get(text))).toEqual([])
  expect(texts.length).toBeGreaterThan(30)
  expect([...scripts.values()].filter((says) => says.includes('leaves the ranges')).length).toBeGreaterThan(8)
}, 120_000)

describe('variants at one place', () => {
  const part = (application: string, example: string): BehaviourPart => {
    const file = new URL(`../../constraints/examples/opposite-actuation/${example}.yaml`, import.meta.url)
    const text = readFileSync(file, 'utf8').replace('application: home', `application: ${application}`)
    const [light, dark] = text.split(/(?= {2}- \{name: dark)/)
    const read = readNativeBehaviour({
      name: application,
      text: application === 'dark' ? light!.replace(/ {2}- \{name: light.*\n/, '') + dark! : light!,
    })
    if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'))
    return read.value
  }
  it.each([
    { example: 'conflict', clean: false },
    { example: 'repaired', clean: true },
  ])('of the example $example: clean $clean', async ({ example, clean }) => {
    const behaviours = new Map([
      ['eco', [part('dark', example)]],
      ['comfort', [part('light', example)]],
    ])
    const { open, proved } = await compositionsOver(behaviours, solvers).prove(['eco', 'comfort'])
    expect(open.length === 0).toBe(clean)
    expect(open.length + proved).toBeGreaterThan(0)
  })
})
