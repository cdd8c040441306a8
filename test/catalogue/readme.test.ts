/** `constraints/README.md` says what the kinds say; `FLEETPROOF_REWRITE=1` writes it anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { catalogueText } from '../../constraints/readme.ts'

it('is fresh', () => {
  const file = new URL('../../constraints/README.md', import.meta.url)
  const text = catalogueText(placementConstraints)
  if (process.env['FLEETPROOF_REWRITE'] !== undefined) writeFileSync(file, text)
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text)
})

it('names every kind once, by its own sentence', () => {
  const text = catalogueText(placementConstraints)
  for (const { says } of placementConstraints) expect(text.split(says)).toHaveLength(2)
})
