/** What an answer costs and whom it moves, in words. */
import type { Choice } from '../model/outcome.ts'
import type { MovedDevices } from './moved-devices.ts'
import type { LevelCost } from './why-not.ts'

/** `comfort-edge (inference: edge)`, `nothing`. */
export function choiceWords(choice: Choice): string {
  switch (choice.outcome) {
    case 'none':
      return 'nothing'
    case 'unmanaged':
      return 'what it runs outside the model'
    case 'variant': {
      const settings = Object.entries(choice.settings).map(([name, value]) => `${name}: ${value}`)
      return settings.length === 0 ? choice.variant! : `${choice.variant!} (${settings.join(', ')})`
    }
  }
}

/** `1 device fewer assigned, preference 4 less, 2 more changes`; `nothing` where no level differs. */
export function costWords(cost: readonly LevelCost[]): string {
  return cost.length === 0 ? 'nothing' : cost.map(levelWords).join(', ')
}

function levelWords({ name, sense, worse }: LevelCost): string {
  const amount = Math.abs(worse)
  const more = sense === 'minimise' ? worse > 0 : worse < 0
  switch (name) {
    case 'assigned':
      return `${amount} ${amount === 1 ? 'device' : 'devices'} ${more ? 'more' : 'fewer'} assigned`
    case 'moves':
      return `${amount} ${amount === 1 ? 'move' : 'moves'} ${more ? 'more' : 'fewer'}`
    case 'changes':
      return `${amount} ${amount === 1 ? 'change' : 'changes'} ${more ? 'more' : 'fewer'}`
    default:
      return `${name} ${amount} ${more ? 'more' : 'less'}`
  }
}

/** `gw-0113 with 3 others would run nothing instead of eco`, one for each way of changing; at most `most` of them. */
export function movedWords(moved: readonly MovedDevices[], most = 3): string {
  const parts = moved.slice(0, most).map(({ from, to, devices, count, among }) => {
    const others = count === 1 ? '' : ` with ${count - 1} ${count === 2 ? 'other' : 'others'}`
    const alike = among > count ? ` (or ${count === 1 ? 'another' : 'others'} of ${among} like it)` : ''
    return `${devices[0]!}${others}${alike} would run ${choiceWords(to)} instead of ${choiceWords(from)}`
  })
  const rest = moved.slice(most).reduce((sum, { count }) => sum + count, 0)
  return rest === 0 ? parts.join(', ') : `${parts.join(', ')}, and ${rest} more would have something else`
}
