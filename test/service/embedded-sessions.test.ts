// Sessions on the one connection of an embedded database: requests take turns, and a transaction is nobody else's.
import { describe, expect, it } from 'vitest'
import { embeddedSessions, type Session } from '../../src/store/embedded-sessions.ts'

const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])
const query = (text: string): Buffer => {
  const body = Buffer.from(`${text}\0`)
  const head = Buffer.from([0x51, 0, 0, 0, 4 + body.length])
  return Buffer.concat([head, body])
}

/** A database that tells what it was asked, and whether it is in a transaction then. */
function told(): { readonly asked: string[]; readonly open: (answers: string[]) => Session } {
  const asked: string[] = []
  let inTransaction = false
  const open = embeddedSessions(
    async (request) => {
      await new Promise((resolve) => setImmediate(resolve))
      const text = Buffer.from(request).toString('utf8', 5).replace(/\0$/, '')
      asked.push(text)
      if (text === 'begin') inTransaction = true
      if (text === 'commit' || text === 'rollback') inTransaction = false
      return Buffer.concat([Buffer.from(text), Buffer.from([0x5a, 0, 0, 0, 5, (inTransaction ? 'T' : 'I').charCodeAt(0)])])
    },
    (error) => {
      throw error
    },
  )
  return {
    asked,
    open: (answers) => {
      const session = open((bytes) => answers.push(Buffer.from(bytes).toString('latin1').slice(0, -6)))
      session.hear(startup)
      return session
    },
  }
}

/** Long enough for everything that waits for nobody. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('sessions', () => {
  it('wait for the end of a transaction that is not theirs', async () => {
    const { asked, open } = told()
    const [one, other] = [open([]), open([])]
    one.hear(query('begin'))
    other.hear(query('other 1'))
    await quiet()
    one.hear(query('insert'))
    await quiet()
    expect(asked).toEqual(['begin', 'insert'])
    one.hear(query('commit'))
    other.hear(query('other 2'))
    await quiet()
    expect(asked).toEqual(['begin', 'insert', 'commit', 'other 1', 'other 2'])
  })

  it('that go in the middle of a transaction leave nothing of it, and nobody waits for them', async () => {
    const { asked, open } = told()
    const [one, other] = [open([]), open([])]
    one.hear(query('begin'))
    one.hear(query('insert'))
    other.hear(query('other'))
    one.hear(query('never'))
    await new Promise((resolve) => setImmediate(resolve))
    one.end()
    await quiet()
    expect(asked.filter((text) => text !== 'insert')).toEqual(['begin', 'rollback', 'other'])
  })

  it('hear requests in pieces of any size, and are answered in order', async () => {
    const { asked, open } = told()
    const answers: string[] = []
    const session = open(answers)
    const bytes = Buffer.concat([query('first'), query('second')])
    for (const byte of bytes) session.hear(Buffer.from([byte]))
    await quiet()
    expect(asked).toEqual(['first', 'second'])
    expect(answers.slice(1)).toEqual(['first', 'second'])
  })
})
