/** Reads an environment model of the ACM kind as it is: physical processes with a place in a plane, and links from one to another. */
import { z } from 'zod'
import type { Diagnostic, Location, Read, Source } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readJson } from '../../diagnostics/json.ts'
import { readShape } from '../../diagnostics/shape.ts'

export interface PhysicalProcess {
  readonly id: string
  readonly name: string
  readonly x: number
  readonly y: number
  readonly at: Location
}

export interface ProcessLink {
  readonly from: string
  readonly to: string
  readonly at: Location
}

export interface AcmEnvironment {
  readonly processes: readonly PhysicalProcess[]
  readonly links: readonly ProcessLink[]
}

const id = z.union([z.string().min(1), z.int()])
const environmentShape = z.object({
  physical_processes: z.array(z.object({ id, name: z.string().min(1), x: z.number(), y: z.number() })),
  links: z.array(z.object({ from_id: id, to_id: id })).optional(),
})

/** Ids are unique, every link leads from one process to another. */
export function readAcmEnvironment(source: Source): Read<AcmEnvironment> {
  const read = readJson(source)
  if (!read.ok) return read
  const document = read.value
  const shape = readShape(environmentShape, document.value, document, [])
  if (!shape.ok) return { ok: false, diagnostics: shape.diagnostics }
  const diagnostics: Diagnostic[] = []
  const say = (code: string, message: string, at: Location, hint: { readonly hint?: string } = {}): void => {
    diagnostics.push({ code: `acm/${code}`, severity: 'error', message, ...hint, at })
  }
  const known = new Set<string>()
  const processes = shape.value.physical_processes.map(({ id: written, name, x, y }, index): PhysicalProcess => {
    const at = document.locate(['physical_processes', index, 'id'])
    if (known.has(String(written))) say('duplicate-id', `two physical processes have the id \`${written}\``, at)
    known.add(String(written))
    return { id: String(written), name, x, y, at }
  })
  const pairs = new Set<string>()
  const links = (shape.value.links ?? []).map(({ from_id, to_id }, index): ProcessLink => {
    const [from, to] = [String(from_id), String(to_id)]
    for (const [key, end] of [
      ['from_id', from],
      ['to_id', to],
    ] as const)
      if (!known.has(end))
        say('unknown-process', `no physical process has the id \`${end}\``, document.locate(['links', index, key]), maybe(end, known))
    const at = document.locate(['links', index])
    if (from === to) say('circle', `the link leads from \`${from}\` to itself`, at)
    const pair = JSON.stringify([from, to])
    if (pairs.has(pair)) say('duplicate-link', `two links lead from \`${from}\` to \`${to}\``, at)
    pairs.add(pair)
    return { from, to, at }
  })
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: { processes, links }, diagnostics: [] }
}
