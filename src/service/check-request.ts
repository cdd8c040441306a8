/** What a conflict check is asked with: texts by value, as JSON or as a form, and what it is held to. */
import { z } from 'zod'
import { conflictKinds } from '../../constraints/conflict.ts'
import { behaviourFormats } from '../engine-importers.ts'
import { nearestFile } from '../formats/home-assistant/home-files.ts'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { CheckJob, NamedText } from '../jobs/job-inputs.ts'
import { wrongPart } from './problem.ts'
import { safePath } from './uploads/safe-path.ts'

const pathShape = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => !('wrong' in safePath(path)), 'a path stays below its folder')
const largestText = 64 * 2 ** 20
export const textShape = z.object({ name: pathShape, text: z.string().max(largestText) })
const kindNames: readonly string[] = conflictKinds.flatMap(({ number, id }) => [number, id])

export const checkShape = z
  .object({
    sources: z
      .array(
        z.union([
          z.strictObject({ format: z.enum(behaviourFormats), name: pathShape, text: z.string().max(largestText) }),
          z.strictObject({
            format: z.literal('home-assistant'),
            name: pathShape,
            files: z.record(pathShape, z.string()).describe('texts of the folder by their path'),
          }),
        ]),
      )
      .min(1)
      .max(1000),
    aliases: textShape.optional(),
    places: z.array(textShape).max(100).default([]),
    effects: z.array(textShape).max(100).default([]),
    properties: z
      .array(z.union([z.literal('default'), textShape]))
      .max(100)
      .default([]),
    kinds: z
      .array(z.string().refine((kind) => kindNames.includes(kind), 'a kind is called as `K1` or `conflict/opposite-actuation`'))
      .default([])
      .describe('only these; none: every kind'),
    relations: z.boolean().default(false).describe('relations that are no conflict by themselves, too'),
    seconds: z.int().min(1).max(3600).default(600).describe('leave open what is not decided by then'),
  })
  .meta({ id: 'CheckRequest' })

export const gateShape = z.object({
  failOn: z.enum(['error', 'warning', 'relation']).default('error').describe('the weakest severity that counts'),
  allowPossible: z.int().min(0).default(0),
  allowUnknown: z.int().min(0).default(0),
  baseline: textShape.optional().describe('known findings that are accepted (YAML)'),
})

export type CheckRequest = z.output<typeof checkShape>

/** As the job takes it; a folder without its first file is told. */
export function checkJob(request: CheckRequest): Read<CheckJob> {
  const diagnostics: Diagnostic[] = []
  const sources: CheckJob['sources'][number][] = []
  for (const source of request.sources) {
    if ('text' in source) sources.push({ format: source.format, source: { name: source.name, text: source.text } })
    else {
      const opened = homeSource(source.name, source.files)
      diagnostics.push(...opened.diagnostics)
      if (opened.ok) sources.push(opened.value)
    }
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const { aliases, places, effects, properties, kinds, relations, seconds } = request
  return {
    ok: true,
    diagnostics: [],
    value: {
      sources,
      places,
      effects,
      properties,
      relations,
      milliseconds: 1000 * seconds,
      ...(kinds.length === 0 ? {} : { kinds }),
      ...(aliases === undefined ? {} : { aliases }),
    },
  }
}

function homeSource(name: string, files: Readonly<Record<string, string>>): Read<CheckJob['sources'][number]> {
  const refuse = (message: string, hint: string) => ({ ok: false as const, diagnostics: [wrongPart(name, 'input/no-root', message, hint)] })
  const found = nearestFile(Object.keys(files), 'configuration.yaml')
  switch (found.is) {
    case 'none':
      return refuse('no `configuration.yaml` stands in this folder', 'maybe pack the folder that holds it')
    case 'two':
      return refuse(`both \`${found.first}\` and \`${found.second}\` stand in this folder`, 'maybe pack the folder of one of them')
    case 'found': {
      const texts = Object.entries(files).map(([path, text]): NamedText => ({ name: path, text }))
      const source = { name: `${name}/${found.path}`, text: files[found.path]! }
      return { ok: true, value: { format: 'home-assistant', source, folder: { name, root: found.path, files: texts } }, diagnostics: [] }
    }
  }
}
