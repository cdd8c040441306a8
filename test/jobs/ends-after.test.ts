// A limit of time comes although nobody but who listens holds its signal, and whatever is collected meanwhile.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { endsAfter } from '../../src/ends-after.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const heard = (make: () => AbortSignal): Promise<unknown> => {
  const signal = make()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }))
}

describe('a limit of time', () => {
  it('comes, also after garbage was collected', async () => {
    const long = new AbortController()
    const reason = heard(() => endsAfter(80, long.signal))
    for (let round = 0; round < 3; round++) {
      await delay(5)
      collect()
    }
    expect(await Promise.race([reason, delay(5000, 'never')])).toHaveProperty('name', 'TimeoutError')
  })

  it('ends with the other signal, with its reason, be it earlier or already', async () => {
    const other = new AbortController()
    const reason = heard(() => endsAfter(60_000, other.signal))
    await delay(5)
    collect()
    other.abort('left')
    expect(await reason).toBe('left')
    expect(endsAfter(60_000, other.signal).reason).toBe('left')
  })
})
