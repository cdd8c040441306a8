// What the store keeps, it gives back; to its tenant and to nobody else; embedded and on a server alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../src/store/store.ts'
import { skippedBecause, storeKinds, type StorePlace } from '../fixtures/stores.ts'

const now = '2026-11-23T10:00:00.000Z'
const later = '2026-11-23T11:00:00.000Z'
const by = { actor: 'ada', now }

for (const kind of storeKinds)
  describe.skipIf(kind.missing !== undefined)(`the store, ${skippedBecause(kind)}`, () => {
    let at: StorePlace
    let store: Store
    beforeAll(async () => {
      at = await kind.make()
      store = await openStore(at.place)
      for (const id of ['a', 'b']) await store.tenants.create({ id, name: id.toUpperCase() }, now)
    })
    afterAll(async () => {
      await store.close()
      await at.clean()
    })

    it('makes a tenant once', async () => {
      expect(await store.tenants.create({ id: 'a', name: 'other' }, later)).toBe(false)
      expect(await store.tenants.list()).toEqual([
        { id: 'a', name: 'A', created: now },
        { id: 'b', name: 'B', created: now },
      ])
    })

    it('finds a token by its secret until it expires or is revoked, and keeps no secret', async () => {
      const { token, secret } = await store.tokens.create('a', { name: 'ci', role: 'operator', expires: later }, now)
      expect(await store.tokens.find(secret, now)).toMatchObject({ id: token.id, tenant: 'a', role: 'operator', lastUsed: now })
      expect(await store.tokens.find(secret, later)).toBeUndefined()
      expect(await store.tokens.find(`${secret}x`, now)).toBeUndefined()
      expect(JSON.stringify(await store.tokens.list('a'))).not.toContain(secret)
      expect(await store.tokens.revoke('b', token.id, now)).toBe(false)
      expect(await store.tokens.revoke('a', token.id, now)).toBe(true)
      expect(await store.tokens.revoke('a', token.id, now)).toBe(false)
      expect(await store.tokens.find(secret, now)).toBeUndefined()
      expect(await store.tokens.list('b')).toEqual([])
    })

    it('ends sessions and counts failed logins', async () => {
      const session = { tenant: 'a', subject: 'ada', role: 'reader', data: { theme: 'dark' }, expires: later } as const
      const secret = await store.sessions.create(session, now)
      expect(await store.sessions.find(secret, now)).toEqual(session)
      expect(await store.sessions.find(secret, later)).toBeUndefined()
      await store.sessions.end(secret)
      expect(await store.sessions.find(secret, now)).toBeUndefined()
      await store.loginFailures.add('10.0.0.1', now)
      await store.loginFailures.add('10.0.0.1', later)
      expect(await store.loginFailures.count('10.0.0.1', now)).toBe(2)
      expect(await store.loginFailures.count('10.0.0.1', later)).toBe(1)
      expect(await store.loginFailures.count('10.0.0.2', now)).toBe(0)
    })

    it('keeps documents with their keys in order, their etags and all that they were', async () => {
      const content = { z: 1, a: ['é', null] }
      const first = await store.documents.put('a', 'models', 'm', { content }, { ...by, condition: { is: 'absent' } })
      if (first.is !== 'written') throw new Error('refused')
      expect(Object.keys(first.document.content as object)).toEqual(['z', 'a'])
      expect(await store.documents.put('a', 'models', 'm', { content: 2 }, { ...by, condition: { is: 'absent' } })).toMatchObject({
        is: 'refused',
      })
      const stale = { ...by, condition: { is: 'etag', etag: 'other' } } as const
      expect(await store.documents.put('a', 'models', 'm', { content: 2 }, stale)).toEqual({ is: 'refused', document: first.document })
      const second = await store.documents.put(
        'a',
        'models',
        'm',
        { content: 2 },
        { ...by, condition: { is: 'etag', etag: first.document.etag } },
      )
      expect(second).toMatchObject({ is: 'written', document: { revision: 2, content: 2 }, before: { revision: 1 } })
      expect(await store.documents.remove('a', 'models', 'm', by)).toMatchObject({ is: 'removed' })
      expect(await store.documents.remove('a', 'models', 'm', by)).toEqual({ is: 'absent' })
      const again = await store.documents.put('a', 'models', 'm', { content }, by)
      expect(again).toMatchObject({ document: { revision: 4 } })
      if (again.is === 'written') expect(again.document.etag).not.toBe(first.document.etag)
      expect((await store.documents.versions('a', 'models', 'm', 10)).map(({ revision, content: was }) => [revision, was])).toEqual([
        [4, content],
        [3, undefined],
        [2, 2],
        [1, content],
      ])
      expect(await store.documents.get('b', 'models', 'm')).toBeUndefined()
      expect(await store.documents.list('b', 'models', { limit: 10 })).toEqual([])
    })

    it('gives one of many writers of one etag the word', async () => {
      const first = await store.documents.put('a', 'models', 'race', { content: 0 }, by)
      if (first.is !== 'written') throw new Error('refused')
      const condition = { is: 'etag', etag: first.document.etag } as const
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, writer) => store.documents.put('a', 'models', 'race', { content: writer }, { ...by, condition })),
      )
      expect(answers.filter(({ is }) => is === 'written')).toHaveLength(1)
    })

    it('does all of what belongs together, or nothing', async () => {
      const failing = store.atomically(async (tables) => {
        await tables.documents.put('a', 'models', 'half', { content: 1 }, by)
        await tables.audit.add('a', { actor: 'ada', action: 'put', object: 'model/half' }, now)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await store.documents.get('a', 'models', 'half')).toBeUndefined()
      expect(await store.audit.list('a', { limit: 10, object: 'model/half' })).toEqual([])
    })

    it('answers a request again by its key, and knows another one under the same key', async () => {
      const times = { now, expires: later, staleBefore: now }
      expect(await store.idempotency.begin('a', 'k', 'r1', times)).toEqual({ is: 'begun' })
      expect(await store.idempotency.begin('a', 'k', 'r1', times)).toEqual({ is: 'busy' })
      expect(await store.idempotency.begin('b', 'k', 'r1', times)).toEqual({ is: 'begun' })
      await store.idempotency.finish('a', 'k', { status: 201 })
      expect(await store.idempotency.begin('a', 'k', 'r1', times)).toEqual({ is: 'done', response: { status: 201 } })
      expect(await store.idempotency.begin('a', 'k', 'r2', times)).toEqual({ is: 'other' })
      const after = '2026-11-23T12:00:00.000Z'
      expect(await store.idempotency.begin('a', 'k', 'r2', { now: later, expires: after, staleBefore: now })).toEqual({ is: 'begun' })
      const stale = { now: after, expires: '2026-11-24T12:00:00.000Z', staleBefore: after }
      expect(await store.idempotency.begin('b', 'k', 'r1', stale)).toEqual({ is: 'begun' })
    })

    it('only ever adds to the audit, whoever asks', async () => {
      await store.audit.add('a', { actor: 'ada', action: 'remove', object: 'model/x', before: { v: 1 }, reason: 'old' }, now)
      const [entry] = await store.audit.list('a', { limit: 1 })
      expect(entry).toMatchObject({ actor: 'ada', action: 'remove', before: { v: 1 }, reason: 'old', at: now })
      expect(await store.audit.list('b', { limit: 10 })).toEqual([])
      for (const statement of ['update audit set actor = $1', 'delete from audit where actor <> $1'])
        await expect(store.systemPool.query(statement, ['mallory'])).rejects.toThrow(/only ever added/)
      await expect(store.systemPool.query('truncate audit')).rejects.toThrow(/only ever added/)
      expect((await store.audit.list('a', { limit: 1 }))[0]).toEqual(entry)
    })

    it('refuses a schema that a newer version wrote', async () => {
      await store.systemPool.query('insert into schema_version (version) values (1000)')
      await store.close()
      await expect(openStore(at.place)).rejects.toMatchObject({ code: 'store/newer-schema' })
    })
  })
