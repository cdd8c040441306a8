/**
 * A check as a form: each file in a field called like its format (`node-red`, `genesis`, ...), a whole home as an archive in `home-assistant`, or everything as
 * one `archive` with fields `source` that name its parts (`node-red:flows/comfort.json`). Other fields are those of the command line.
 */
import type { Multipart } from '@fastify/multipart'
import type { z } from 'zod'
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import { behaviourFormats } from '../../engine-importers.ts'
import { isHomeText, isNeverOpened } from '../../formats/home-assistant/home-files.ts'
import { checkShape, type CheckRequest } from '../check-request.ts'
import { wrongPart } from '../problem.ts'
import { uploadLimits, type UploadLimits } from './limits.ts'
import { safePath } from './safe-path.ts'
import { unpack, type Unpacked } from './unpack.ts'

type Source = z.input<typeof checkShape>['sources'][number]
type Text = NonNullable<z.input<typeof checkShape>['aliases']>

/** A part as it came, to be read in another thread. */
export type GivenPart =
  | { readonly type: 'field'; readonly fieldname: string; readonly value: string }
  /** `bytes` are empty where the form is larger than it may be. */
  | { readonly type: 'file'; readonly fieldname: string; readonly filename: string; readonly size: number; readonly bytes: Uint8Array }

/** Everything that a form holds, unread; what is more than a form may be is counted, not kept. */
export async function takeParts(parts: AsyncIterable<Multipart>, limits: UploadLimits = uploadLimits): Promise<readonly GivenPart[]> {
  const given: GivenPart[] = []
  let size = 0
  for await (const part of parts) {
    const { fieldname } = part
    if (part.type === 'field') {
      given.push({ type: 'field', fieldname, value: String(part.value) })
      continue
    }
    const bytes = await part.toBuffer()
    size += bytes.length
    const kept = size > limits.largestTotal ? new Uint8Array() : bytes
    given.push({ type: 'file', fieldname, filename: part.filename, size: bytes.length, bytes: kept })
  }
  return given
}

interface Form {
  readonly sources: Source[]
  /** `format:path` into the archives. */
  readonly references: string[]
  readonly texts: { readonly aliases: Text[]; readonly places: Text[]; readonly effects: Text[]; readonly properties: (Text | 'default')[] }
  readonly files: Map<string, Uint8Array>
  readonly fields: Map<string, string[]>
  readonly diagnostics: Diagnostic[]
  bytes: number
}

const textParts = ['aliases', 'places', 'effects', 'properties'] as const
const plainFields = ['kind', 'relations', 'seconds'] as const

export async function readCheckForm(parts: readonly GivenPart[], limits: UploadLimits = uploadLimits): Promise<Read<CheckRequest>> {
  const form: Form = {
    sources: [],
    references: [],
    texts: { aliases: [], places: [], effects: [], properties: [] },
    files: new Map(),
    fields: new Map(),
    diagnostics: [],
    bytes: 0,
  }
  for (const part of parts) await takePart(form, part, limits)
  for (const reference of form.references) takeReference(form, reference)
  if (form.diagnostics.length > 0) return { ok: false, diagnostics: form.diagnostics }
  const read = checkShape.safeParse(requestOf(form))
  if (read.success) return { ok: true, value: read.data, diagnostics: [] }
  return {
    ok: false,
    diagnostics: read.error.issues.map(({ path, message }) => ({
      code: 'service/wrong-shape',
      severity: 'error',
      message: message.slice(0, 1).toLowerCase() + message.slice(1),
      at: { source: 'form', path: path.map((step) => (typeof step === 'symbol' ? String(step) : step)) },
    })),
  }
}

async function takePart(form: Form, part: GivenPart, limits: UploadLimits): Promise<void> {
  const say = (code: string, message: string, hint?: string) => void form.diagnostics.push(wrongPart(part.fieldname, code, message, hint))
  if (part.type === 'field') {
    const { value } = part
    if (part.fieldname === 'source') form.references.push(value)
    else if (part.fieldname === 'properties' && value === 'default') form.texts.properties.push('default')
    else if (isOneOf(plainFields, part.fieldname)) form.fields.set(part.fieldname, [...(form.fields.get(part.fieldname) ?? []), value])
    else say('upload/unknown-field', `no field is called \`${shown(part.fieldname)}\``, `maybe one of ${plainFields.join(', ')}`)
    return
  }
  const bytes = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.length)
  form.bytes += part.size
  if (form.bytes > limits.largestTotal) {
    say('upload/too-large', 'the files are larger together than a form may be')
    return
  }
  const safe = safePath(part.filename === '' ? part.fieldname : part.filename)
  if ('wrong' in safe) {
    say('upload/unsafe-path', `the file name \`${shown(part.filename)}\` ${safe.wrong}`)
    return
  }
  const { path: name } = safe
  if (part.fieldname === 'archive' || part.fieldname === 'home-assistant') {
    const home = part.fieldname === 'home-assistant'
    const unpacked = await unpack(name, bytes, limits, (path) => !isNeverOpened(path) && (!home || isHomeText(path)))
    form.diagnostics.push(...unpacked.diagnostics)
    if (!unpacked.ok) return
    if (home) form.sources.push(homeOf(name, '', unpacked.value))
    else for (const [path, file] of unpacked.value) form.files.set(path, file)
    return
  }
  if (bytes.length > limits.largestFile) {
    say('upload/too-large', `\`${name}\` is larger than one file may be`)
    return
  }
  const text = textOf(form, name, bytes)
  if (text === undefined) return
  if (isOneOf(textParts, part.fieldname)) form.texts[part.fieldname].push({ name, text })
  else if (isOneOf(behaviourFormats, part.fieldname)) form.sources.push({ format: part.fieldname, name, text })
  else say('upload/unknown-field', `no format is called \`${shown(part.fieldname)}\``, `maybe one of ${behaviourFormats.join(', ')}`)
}

/** One part of the archive: a file, or a folder for formats of folders. */
function takeReference(form: Form, reference: string): void {
  const say = (message: string, hint?: string) => void form.diagnostics.push(wrongPart('source', 'upload/no-source', message, hint))
  const colon = reference.indexOf(':')
  const [format, given] = colon < 0 ? ['native', reference] : [reference.slice(0, colon), reference.slice(colon + 1)]
  if (!isOneOf(behaviourFormats, format)) {
    say(`no format is called \`${shown(format)}\``, `maybe one of ${behaviourFormats.join(', ')}`)
    return
  }
  const safe = safePath(given)
  if ('wrong' in safe) {
    say(`the path \`${shown(given)}\` ${safe.wrong}`)
    return
  }
  if (format === 'home-assistant') {
    const below = `${safe.path}/`
    const files = new Map([...form.files].filter(([path]) => path.startsWith(below) && isHomeText(path.slice(below.length))))
    if (files.size === 0) {
      say(`the archive holds no folder \`${safe.path}\``)
      return
    }
    form.sources.push(homeOf(safe.path, below, files))
    return
  }
  const bytes = form.files.get(safe.path)
  if (bytes === undefined) {
    say(`the archive holds no file \`${safe.path}\``)
    return
  }
  const text = textOf(form, safe.path, bytes)
  if (text !== undefined) form.sources.push({ format, name: safe.path, text })
}

/** What is no text is left out of a home, as it is of a folder. */
function homeOf(name: string, below: string, files: Unpacked): Source {
  const texts: [string, string][] = []
  for (const [path, bytes] of files) {
    const text = decoded(bytes)
    if (text !== undefined) texts.push([path.slice(below.length), text])
  }
  return { format: 'home-assistant', name, files: Object.fromEntries(texts) }
}

function textOf(form: Form, name: string, bytes: Uint8Array): string | undefined {
  const text = decoded(bytes)
  if (text === undefined) form.diagnostics.push(wrongPart(name, 'input/not-utf-8', 'the text is not valid UTF-8'))
  return text
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function requestOf({ sources, texts, fields }: Form): unknown {
  const one = (name: (typeof plainFields)[number]) => fields.get(name)?.[0]
  return {
    sources,
    places: texts.places,
    effects: texts.effects,
    properties: texts.properties,
    kinds: fields.get('kind') ?? [],
    relations: one('relations') === 'true',
    ...(one('seconds') === undefined ? {} : { seconds: Number(one('seconds')) }),
    ...(texts.aliases[0] === undefined ? {} : { aliases: texts.aliases[0] }),
  }
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name)
}

// What a stranger wrote goes into messages short and without control characters.
const shown = (text: string): string => text.slice(0, 100).replaceAll(/[\u0000-\u001f\u007f`]/g, '?')
