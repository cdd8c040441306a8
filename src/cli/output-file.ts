// Long output, written piece by piece as fast as it is taken: to standard output, or to a file that appears whole or not at all.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Streams } from './streams.ts'

export interface Output {
  readonly write: (text: string) => void
  /** Resolves when there is room for more. */
  readonly drained: () => Promise<void>
}

const BLOCK = 1 << 16

/** Runs `produce` with an output; what it throws leaves no file behind. */
export async function withOutput(file: string | undefined, streams: Streams, produce: (output: Output) => Promise<void>): Promise<void> {
  if (file === undefined || file === '-') {
    const { write, flush } = blocks(streams.out)
    const drained = async (): Promise<void> => streams.drained?.()
    await produce({ write, drained })
    flush()
    await drained()
    return
  }
  const target = resolve(streams.workingDirectory, file)
  const draft = `${target}.part-${process.pid}`
  const stream = createWriteStream(draft, { highWaterMark: 1 << 20 })
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => undefined)
  try {
    const { write, flush } = blocks((text) => void stream.write(text))
    await produce({
      write,
      drained: async () => {
        if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), failed])
      },
    })
    flush()
    stream.end()
    await Promise.race([once(stream, 'close'), failed])
    await rename(draft, target)
  } finally {
    stream.destroy()
    await rm(draft, { force: true })
  }
}

/** Gathers small texts into blocks. */
function blocks(take: (text: string) => void): { readonly write: (text: string) => void; readonly flush: () => void } {
  let held = ''
  const flush = (): void => {
    if (held !== '') take(held)
    held = ''
  }
  return {
    write: (text) => {
      held += text
      if (held.length > BLOCK) flush()
    },
    flush,
  }
}
