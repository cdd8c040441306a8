/** JSON texts and what they hold. */
import type { Run } from './run.ts'
import { constant, constantOf, type Jinja, list, unknown } from './values.ts'
import { lifted } from './ways.ts'

export function jsonText(run: Run, of: Jinja): Jinja {
  return lifted(run, [of], (one) => {
    const known = constantOf(one)
    if (known !== undefined) return constant(JSON.stringify(known))
    return unknown('a value as JSON text', { is: 'text' })
  })
}

export function fromJson(text: unknown): Jinja {
  try {
    return structured(JSON.parse(String(text)))
  } catch {
    return unknown('a text that is no JSON')
  }
}

function structured(of: unknown): Jinja {
  if (Array.isArray(of)) return list(of.map(structured))
  if (typeof of === 'object' && of !== null)
    return { is: 'mapping', entries: new Map(Object.entries(of).map(([key, part]) => [key, structured(part)])) }
  return constant(typeof of === 'string' || typeof of === 'number' || typeof of === 'boolean' ? of : null)
}
