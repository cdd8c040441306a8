// A rollout while it runs: redrawn in place on a terminal, a line whenever something is decided elsewhere.
import { rolloutText, type RolloutView } from '../report/rollout-text.ts'
import type { RolloutEvent } from '../deploy/rollout/journal.ts'
import type { Streams } from './streams.ts'

/** What is decided while a rollout runs; waves by their position. */
export type Decision =
  | { readonly is: 'wave'; readonly wave: number; readonly now: string }
  | { readonly is: 'operation'; readonly do: string; readonly actor: string; readonly reason: string }
  | { readonly is: 'state'; readonly state: string; readonly because: string }

export function decisionsOf(events: readonly RolloutEvent[]): readonly Decision[] {
  return events.flatMap((event): readonly Decision[] => {
    switch (event[0]) {
      case 'wave':
        return [{ is: 'wave', wave: event[2], now: event[3] }]
      case 'operation':
        return [{ is: 'operation', ...event[2] }]
      case 'state':
        return [{ is: 'state', state: event[2], because: event[3] }]
      case 'told':
      case 'held':
      case 'accepted':
      case 'reported':
      case 'verified':
      case 'failed':
      case 'timed-out':
      case 'withdrawn':
        return []
    }
  })
}

export interface Live {
  readonly show: (view: RolloutView, decisions: readonly Decision[]) => void
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
    show: (view, decisions) => {
      latest = view
      if (!streams.outIsTerminal) {
        for (const decision of decisions) {
          const line = lineOf(view, decision)
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

function lineOf(view: RolloutView, decision: Decision): string | undefined {
  switch (decision.is) {
    case 'wave': {
      const wave = view.waves[decision.wave]
      if (wave === undefined) return undefined
      const name = `${view.id}: wave ${decision.wave + 1} ${wave.name}`
      if (decision.now === 'begun') return `${name}: begins, ${wave.devices} devices`
      return decision.now === 'passed' ? `${name}: ${wave.succeeded} of ${wave.devices} verified, its gate is passed` : undefined
    }
    case 'operation':
      return `${view.id}: ${decision.do} by ${decision.actor}${decision.reason === '' ? '' : `: ${decision.reason}`}`
    case 'state':
      return `${view.id}: ${decision.state}: ${decision.because}`
  }
}
