/** JSON texts and what they hold. */
import { fail, reading, type Run } from './run.ts'
import { constant, constantOf, type Jinja, list, unknown } from './values.ts'
import { lifted } from './ways.ts'

export function jsonText(run: Run, of: Jinja): Jinja {
  return lifted(run, [of], (one) => {
    const known = constantOf(one)
    if (known !== undefined) return constant(JSON.stringify(known))
    return unknown('a value as JSON text', { is: 'text' })
  })
}

/** What a JSON text holds: of one from outside any value; a text that is none ends the template with an error. */
export function fromJson(run: Run, of: Jinja): Jinja {
  return lifted(run, [of], (one) => {
    const known = constantOf(one)
    if (known !== undefined) return parsed(known)
    const held = one.is === 'scalar' ? run.context.part?.(one.of, 'from_json()', { is: 'any' }) : undefined
    const failed = one.is === 'scalar' ? run.context.part?.(one.of, 'from_json() fails', { is: 'bool' }) : undefined
    if (held === undefined || failed === undefined) return unknown(one.is === 'unknown' ? one.why : 'what a JSON text holds')
    run.assumptions.add('what a JSON text from outside holds is taken as any value')
    fail(run, reading(run, failed, false).of)
    return reading(run, held, false)
  })
}

function parsed(text: unknown): Jinja {
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
