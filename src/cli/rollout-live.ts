// A rollout while it runs: redrawn in place on a terminal, a line whenever something is decided elsewhere.
import { rolloutText, type RolloutView } from '../report/rollout-text.ts'
import type { RolloutEvent } from '../deploy/rollout/journal.ts'
import type { Streams } from './streams.ts'

export interface Live {
  readonly show: (view: RolloutView, events: readonly RolloutEvent[]) => void
  /** Draws the last state for good. */
  readonly stop: () => void
}

const REDRAW = 100

export function startLive(streams: Streams): Live {
  let lines = 0
  let drawn = -Infinity
  let latest: RolloutView | undefined
  const draw = (view: RolloutView): void => {
    const text = rolloutText(view, { colour: streams.outIsTerminal })
    streams.out(`${lines === 0 ? '' : `\u001b[${lines}A\u001b[J`}${text}`)
    lines = text.split('\n').length - 1
  }
  return {
    show: (view, events) => {
      latest = view
      if (!streams.outIsTerminal) {
        for (const event of events) {
          const line = lineOf(view, event)
          if (line !== undefined) streams.out(`${line}\n`)
        }
        return
      }
      const now = streams.clock()
      if (now - drawn < REDRAW) return
      drawn = now
      draw(view)
    },
    stop: () => {
      if (latest === undefined) return
      draw(latest)
      lines = 0
      latest = undefined
    },
  }
}

function lineOf(view: RolloutView, event: RolloutEvent): string | undefined {
  switch (event[0]) {
    case 'wave': {
      const wave = view.waves[event[2]]
      if (wave === undefined) return undefined
      const name = `${view.id}: wave ${event[2] + 1} ${wave.name}`
      if (event[3] === 'begun') return `${name}: begins, ${wave.devices} devices`
      return event[3] === 'passed' ? `${name}: ${wave.succeeded} of ${wave.devices} verified, its gate is passed` : undefined
    }
    case 'operation':
      return `${view.id}: ${event[2].do} by ${event[2].actor}${event[2].reason === '' ? '' : `: ${event[2].reason}`}`
    case 'state':
      return `${view.id}: ${event[2]}: ${event[3]}`
    case 'told':
    case 'held':
    case 'accepted':
    case 'reported':
    case 'verified':
    case 'failed':
    case 'timed-out':
    case 'withdrawn':
      return undefined
  }
}
