/** Reads `advisories:`, the security advisories that a fleet follows: a list of files, or `files` and where a device's packages are listed. */
import type { Advisories } from './fleet-model.ts'
import { advisoriesShape, advisoryListShape } from './fleet-model-schema.ts'
import { type Reading, say, shaped } from './reading.ts'

export function readAdvisories(reading: Reading, value: unknown): Advisories | undefined {
  if (value === undefined || value === null) return undefined
  const isList = Array.isArray(value)
  const path = isList ? ['advisories'] : ['advisories', 'files']
  const shape = isList
    ? { files: shaped(reading, advisoryListShape, value, path), packages: undefined }
    : shaped(reading, advisoriesShape, value, ['advisories'])
  if (shape === undefined) return undefined
  const names = shape.files ?? []
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) say(reading, [...path, index], 'duplicate-value', `\`${name}\` is listed twice`)
  })
  const files = names.map((name, index) => ({ name, at: reading.document.locate([...path, index]) }))
  const at = reading.document.locate(['advisories', 'packages'])
  const { packages } = shape
  if (packages === undefined) return { files, packages: { is: 'attribute', name: 'packages' } }
  if (typeof packages === 'string') return { files, packages: { is: 'attribute', name: packages.replace(/^device\./, ''), at } }
  const { from, device = 'device', package: column = 'package', version } = packages
  return { files, packages: { is: 'table', from, device, package: column, ...(version === undefined ? {} : { version }), at } }
}
