// A disk that is full: what cannot be kept is refused and said, what was kept stays, and all goes on when there is room.
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { DatabasePlace } from '../../src/store/database.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { mayMount, smallDisk } from '../fixtures/small-disk.ts'

const now = '2026-11-23T10:00:00.000Z'
const cleaning: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

function diskOf(megabytes: number): string {
  const disk = smallDisk(megabytes)!
  cleaning.push(disk.remove)
  return disk.folder
}

const free = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

const content = (): string => randomBytes(6000).toString('base64')
const put = (store: Store, id: string) => store.documents.put('t', 'models', id, { content: content() }, { actor: 'ada', now })

/** Writes until the disk is full; then makes room, and looks. */
async function fill(store: Store, disk: string, ballast: string, again: () => Promise<void>): Promise<void> {
  await store.tenants.create({ id: 't', name: 't' }, now)
  await put(store, 'before')
  writeFileSync(ballast, Buffer.alloc(Math.max(0, free(disk) - 3_000_000)))
  const acknowledged: string[] = []
  let refused: unknown
  for (let n = 0; n < 5000 && refused === undefined; n++)
    await put(store, `d${n}`).then(
      () => acknowledged.push(`d${n}`),
      (error: unknown) => (refused = error),
    )
  expect(refused).toMatchObject({ code: expect.stringMatching(/^store\/(full|unavailable)$/) as string })
  rmSync(ballast)
  await again()
  for (let tries = 0; ; tries++) {
    try {
      await put(store, 'after')
      break
    } catch (error) {
      if (tries === 50) throw error
      await delay(200)
    }
  }
  for (const id of ['before', ...acknowledged, 'after']) expect(await store.documents.get('t', 'models', id), id).toBeDefined()
}

describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (skipped: this user may not mount one)'}`, () => {
  it('embedded', { timeout: 120_000 }, async () => {
    const disk = diskOf(200)
    const place: DatabasePlace = { is: 'folder', folder: join(disk, 'store') }
    const store = await openStore(place)
    cleaning.push(store.close)
    await fill(store, disk, join(disk, 'ballast'), () => Promise.resolve())
  })

  it.skipIf(postgresPrograms === undefined)('on PostgreSQL', { timeout: 120_000 }, async () => {
    const disk = diskOf(300)
    chmodSync(disk, 0o755)
    const folder = join(disk, 'server')
    mkdirSync(folder)
    const server = await startPostgres(folder)
    cleaning.push(server.stop)
    const store = await openStore({ is: 'server', url: server.url })
    cleaning.push(store.close)
    // A server that could not write its log any more has ended itself: somebody starts it again.
    await fill(store, disk, join(disk, 'ballast'), async () => {
      await server.stop()
      await server.start()
    })
  })
})
