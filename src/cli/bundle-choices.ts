// The device lines of a result as columns: which choice each device got.
import type { Read } from '../diagnostics/diagnostic.ts'
import type { Outcomes } from '../explain/difference.ts'
import type { Choice } from '../model/outcome.ts'
import { eachDevice } from './bundle-lines.ts'

/** `count`: how many devices the manifest names. There may be more lines or fewer; those beyond it are counted, and get no choice. */
export async function readChoices(lines: AsyncIterable<Uint8Array>, source: string, count: number): Promise<Read<Outcomes>> {
  const ids: string[] = []
  const choices: Choice[] = []
  const known = new Map<string, number>()
  const chosen = new Int32Array(count)
  const broken = await eachDevice(lines, source, ({ device, outcome, variant, settings }) => {
    const id = choiceId(outcome, variant, settings)
    let choice = known.get(id)
    if (choice === undefined) {
      choice = choices.push({ id, outcome, ...(variant === null ? {} : { variant }), settings }) - 1
      known.set(id, choice)
    }
    chosen[ids.push(device) - 1] = choice
  })
  if (broken !== undefined) return { ok: false, diagnostics: [broken] }
  return { ok: true, value: { ids, choices, chosen }, diagnostics: [] }
}

/** As compiling names choices: `comfort-edge{accelerator=true,inference=edge}`. */
function choiceId(outcome: string, variant: string | null, settings: Choice['settings']): string {
  if (variant === null) return outcome
  const names = Object.keys(settings).sort()
  return names.length === 0 ? variant : `${variant}{${names.map((name) => `${name}=${String(settings[name])}`).join(',')}}`
}
