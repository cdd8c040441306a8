/** `constraints/README.md` says what the kinds say; `FLEETPROOF_REWRITE=1` writes it anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import { placementConstraints } from '../../constraints/placement.ts'
import { catalogueText } from '../../constraints/readme.ts'
import { defaultEffects } from '../../src/formats/places/read-effects.ts'
import { defaultLibrary } from '../../src/formats/places/read-properties.ts'
import { conflictExamples } from '../fixtures/catalogue.ts'

const examples = conflictExamples()
const further = { conflicts: conflictKinds, effects: defaultEffects(), safety: defaultLibrary(), examples }
const DATA = new URL('../../../shared/data/', import.meta.url)

it('is fresh', () => {
  const file = new URL('../../constraints/README.md', import.meta.url)
  const text = catalogueText(placementConstraints, further)
  if (process.env['FLEETPROOF_REWRITE'] !== undefined) writeFileSync(file, text)
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text)
})

it('names every kind once, by its own sentence', () => {
  const text = catalogueText(placementConstraints, { ...further, examples: new Map() })
  for (const { says } of [...placementConstraints, ...conflictKinds]) expect(text.split(says)).toHaveLength(2)
})

it.skipIf(!existsSync(DATA))('shows real lines where it says that files hold a conflict', () => {
  for (const [kind, { found }] of examples)
    for (const { at, line } of found?.places ?? []) {
      const [path = '', number = '0'] = at.split(':')
      const lines = readFileSync(new URL(path, DATA), 'utf8').split('\n')
      expect(lines[Number(number) - 1]?.trim(), `${kind} ${at}`).toBe(line)
    }
})
