/** Reads the device lines of a result bundle into an assignment, or says which line is wrong. */
import { z } from 'zod'
import { cappedDiagnostics } from '../diagnostics/capped.ts'
import type { Location, Read } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { Assignment } from '../model/assignment.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Choice } from '../model/outcome.ts'
import { fits } from './options.ts'

const lineShape = z.strictObject({
  device: z.string(),
  outcome: z.enum(['none', 'unmanaged', 'variant']),
  variant: z.string().nullable(),
  settings: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
})
type Line = z.infer<typeof lineShape>

const LONGEST_LINE = 1_000_000

/** One line of JSON per device of the fleet, in any order; `name` is what messages call the file. */
export async function readBundleDevices(
  model: FleetModel,
  fleet: Fleet,
  chunks: AsyncIterable<Uint8Array>,
  name = 'devices.ndjson',
): Promise<Read<Assignment>> {
  const capped = cappedDiagnostics()
  const say = (code: string, line: number, message: string, hint: { readonly hint?: string } = {}): void => {
    capped.add({ code: `verify/${code}`, severity: 'error', message, ...hint, at: { source: name, range: lineRange(line) } })
  }
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  const choices: Choice[] = [
    { id: 'none', outcome: 'none', settings: {} },
    { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
  ]
  const known = new Map<string, number>(choices.map(({ id }, at) => [id, at]))
  const chosen = new Int32Array(fleet.size).fill(-1)
  let number = 0
  for await (const text of linesOf(chunks)) {
    number++
    if (text.trim() === '') continue
    const line = readLine(text)
    if (typeof line === 'string') {
      say('bad-line', number, line)
      continue
    }
    const row = rowOf.get(line.device)
    if (row === undefined) say('unknown-device', number, `no device of the fleet is called ${JSON.stringify(line.device)}`)
    else if (chosen[row] !== -1) say('duplicate-device', number, `device ${JSON.stringify(line.device)} stands twice`)
    else {
      const wrong = wrongChoice(model, line)
      if (wrong !== undefined) say(wrong.code, number, wrong.message, wrong.hint === undefined ? {} : { hint: wrong.hint })
      const id = choiceId(line)
      let choice = known.get(id)
      if (choice === undefined) {
        choice =
          choices.push({
            id,
            outcome: line.outcome,
            ...(line.variant === null ? {} : { variant: line.variant }),
            settings: line.settings,
          }) - 1
        known.set(id, choice)
      }
      chosen[row] = choice
    }
  }
  for (let row = 0; row < fleet.size; row++)
    if (chosen[row] === -1) say('missing-device', number + 1, `no line gives device ${JSON.stringify(fleet.ids[row])} an outcome`)
  const diagnostics = capped.list()
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: { choices, chosen }, diagnostics }
}

function readLine(text: string): Line | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the line is not JSON'
  }
  const parsed = lineShape.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `the line is not a device with its outcome: ${issue!.path.length === 0 ? '' : `\`${issue!.path.join('.')}\` `}${issue!.message.toLowerCase()}`
  }
  const line = parsed.data
  if ((line.outcome === 'variant') !== (line.variant !== null))
    return `\`variant\` is ${JSON.stringify(line.variant)}, \`outcome\` is ${JSON.stringify(line.outcome)}`
  return line
}

interface Wrong {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

function wrongChoice(model: FleetModel, { outcome, variant: id, settings }: Line): Wrong | undefined {
  const names = Object.keys(settings).sort()
  if (outcome !== 'variant') {
    return names.length === 0 ? undefined : { code: 'bad-setting', message: `a device without a variant has no setting \`${names[0]!}\`` }
  }
  const variant = model.variants.find((one) => one.id === id)
  if (variant === undefined) {
    return {
      code: 'unknown-variant',
      message: `no variant is called ${JSON.stringify(id)}`,
      ...maybe(
        id!,
        model.variants.map((one) => one.id),
      ),
    }
  }
  for (const name of names) {
    const setting = variant.settings.find((one) => one.name === name)
    if (setting === undefined)
      return {
        code: 'unknown-setting',
        message: `variant \`${variant.id}\` has no setting \`${name}\``,
        ...maybe(
          name,
          variant.settings.map((one) => one.name),
        ),
      }
    if (!fits(setting, settings[name]!))
      return {
        code: 'bad-setting',
        message: `setting \`${name}\` of variant \`${variant.id}\` cannot be ${JSON.stringify(settings[name])}`,
      }
  }
  return undefined
}

/** `comfort-edge{accelerator=true,inference=edge}`. */
function choiceId({ outcome, variant, settings }: Line): string {
  if (outcome !== 'variant') return outcome
  const names = Object.keys(settings).sort()
  return names.length === 0 ? variant! : `${variant!}{${names.map((name) => `${name}=${settings[name]!}`).join(',')}}`
}

function lineRange(line: number): NonNullable<Location['range']> {
  return { start: { line, column: 1 }, end: { line: line + 1, column: 1 } }
}

/** Lines of UTF-8 without their ends; a line that never ends is given in pieces, which no reader accepts. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    yield* parts
    if (rest.length > LONGEST_LINE) {
      yield rest
      rest = ''
    }
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
