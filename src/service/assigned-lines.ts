/** A stored assignment as lines, a chunk at a time. */
import type { Choice } from '../model/outcome.ts'
import type { AssignedChunk } from '../store/assignments.ts'

/** `{"device":..,"outcome":..,"variant":..,"settings":..}` each; `side`: what was given, or what ran before (those that are not known are `unknown`). */
export async function* assignedLines(
  chunks: AsyncIterable<AssignedChunk>,
  choices: readonly Choice[],
  side: 'chosen' | 'current' = 'chosen',
): AsyncGenerator<Uint8Array> {
  const tails = choices.map(
    ({ outcome, variant, settings }) => `,${JSON.stringify({ outcome, variant: variant ?? null, settings }).slice(1)}\n`,
  )
  const unknown = ',"outcome":"unknown","variant":null,"settings":{}}\n'
  for await (const chunk of chunks) {
    const { ids } = chunk
    const chosen = chunk[side]
    let text = ''
    for (let row = 0; row < ids.length; row++) text += `{"device":${JSON.stringify(ids[row])}${tails[chosen[row]!] ?? unknown}`
    yield Buffer.from(text)
  }
}
