// A rollout for people: one line for each wave, as `looks.md` draws it.
import { counted, grouped } from './numbers.ts'
import { paint, type Paint } from './paint.ts'

export interface WaveView {
  readonly name: string
  readonly devices: number
  readonly succeeded: number
  readonly underWay: number
  readonly retrying: number
  readonly waiting: number
  readonly withdrawn: number
  /** Failed for now, by class. */
  readonly failed: { readonly retryable: number; readonly rejected: number; readonly timedOut: number }
  /** What the gate needs: `95 %`. */
  readonly gate: string
  readonly state: 'waiting' | 'running' | 'soaking' | 'over'
  /** Milliseconds. */
  readonly soak: number
}

export interface RolloutView {
  readonly id: string
  readonly release: string
  readonly state: string
  readonly because: string
  readonly changes: number
  readonly waves: readonly WaveView[]
  /** Combinations of variants that were proved together, and sets kept apart. */
  readonly proved: { readonly compositions: number; readonly keptApart: number }
}

const WIDTH = 20

export function rolloutText(view: RolloutView, { colour }: { readonly colour: boolean }): string {
  const hue = paint(colour)
  return `${headline(view)}\n${view.waves.map((wave, index) => waveLine(wave, index, view.waves, hue)).join('\n')}\n${stateLine(view, hue)}\n`
}

function headline({ id, release, changes, waves, proved }: RolloutView): string {
  const safe =
    proved.compositions + proved.keptApart === 0
      ? 'no behaviours to prove'
      : `${counted(proved.compositions, 'combination')} proved together${proved.keptApart === 0 ? '' : `, ${proved.keptApart} kept apart`}`
  return `rollout ${id} · release ${shortHash(release)} · ${grouped(changes)} changes in ${counted(waves.length, 'wave')} · ${safe}`
}

export const shortHash = (hash: string): string => (hash.length > 12 ? `${hash.slice(0, 4)}…${hash.slice(-2)}` : hash)

function waveLine(wave: WaveView, index: number, all: readonly WaveView[], hue: Paint): string {
  const names = Math.max(...all.map(({ name }) => name.length))
  const counts = Math.max(...all.map(({ devices }) => `${devices}/${devices}`.length))
  const failed = wave.failed.retryable + wave.failed.rejected + wave.failed.timedOut
  const parts = [`verified ${wave.succeeded}`]
  if (wave.underWay > 0) parts.push(`under way ${wave.underWay}`)
  if (wave.retrying > 0) parts.push(`trying again ${wave.retrying}`)
  if (failed > 0) parts.push(hue.red(`failed ${failed} (${classes(wave.failed)})`))
  if (wave.withdrawn > 0) parts.push(`withdrawn ${wave.withdrawn}`)
  const label = `wave ${index + 1} ${wave.name}`.padEnd(names + 6 + String(all.length).length)
  const share = `${wave.succeeded}/${wave.devices}`.padEnd(counts)
  return `${label}  ${bar(wave.succeeded, wave.devices)} ${share}  ${parts.join(' · ')}${ending(wave)}`
}

function ending({ state, soak, succeeded, devices, withdrawn, gate }: WaveView): string {
  switch (state) {
    case 'waiting':
      return ''
    case 'running':
      return `   gate ${gate} needed, ${devices === withdrawn ? 0 : Math.floor((100 * succeeded) / (devices - withdrawn))} % now`
    case 'soaking':
      return `   gate passed, soak ${clockText(soak)}`
    case 'over':
      return soak === 0 ? '   done' : `   soak ${clockText(soak)} done`
  }
}

const clockText = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

function classes({ retryable, rejected, timedOut }: WaveView['failed']): string {
  return [
    ...(rejected > 0 ? [`rejected ${rejected}`] : []),
    ...(timedOut > 0 ? [`timed out ${timedOut}`] : []),
    ...(retryable > 0 ? [`gave up ${retryable}`] : []),
  ].join(', ')
}

function bar(done: number, of: number): string {
  const eighths = of === 0 ? WIDTH * 8 : Math.floor((done * WIDTH * 8) / of)
  const full = '█'.repeat(Math.floor(eighths / 8))
  const rest = eighths % 8 >= 4 ? '▌' : ''
  return `${full}${rest}`.padEnd(WIDTH)
}

function stateLine({ state, because, id }: RolloutView, hue: Paint): string {
  const text = `${state.replace('-', ' ')}: ${because}`
  const painted = state === 'succeeded' || state === 'rolled-back' ? hue.green(text) : state === 'running' ? text : hue.yellow(text)
  return state === 'paused' ? `${painted}\nnext: fleetproof rollout resume|retry|next|rollback ${id}` : painted
}
