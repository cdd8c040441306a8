// A progress line with rate and time left, drawn only on a terminal and only for what takes longer than a second.
import { SingleBar, type Options } from 'cli-progress'
import type { Streams } from './streams.ts'

export interface Progress {
  /** `done` of `total` (0: unknown). */
  readonly update: (done: number, total: number) => void
  readonly stop: () => void
}

const idle: Progress = { update: () => undefined, stop: () => undefined }

/** `what` is said before the bar: `reading devices.ndjson`. */
export function startProgress(what: string, streams: Streams, stream: NodeJS.WritableStream = process.stderr): Progress {
  if (!streams.errorIsTerminal) return idle
  const started = streams.clock()
  let bar: SingleBar | undefined
  const begin = (total: number) => {
    const known = total > 0
    const options: Options = {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      format: known ? `${what} {bar} {value}/{total} · {speed}/s · {eta_formatted} left` : `${what} {value} · {speed}/s`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    }
    bar = new SingleBar(options)
    bar.start(known ? total : 1, 0, { speed: '0' })
  }
  return {
    update: (done, total) => {
      const elapsed = streams.clock() - started
      if (elapsed < 1000) return
      if (bar === undefined) begin(total)
      bar?.update(done, { speed: Math.round((done * 1000) / elapsed).toLocaleString('en-US') })
    },
    stop: () => bar?.stop(),
  }
}
