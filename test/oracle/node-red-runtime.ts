/** Real Node-RED as an oracle: flows are deployed side by side in one process, messages handed in, and what would be published is returned. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface FlowUnderTest {
  /** Nodes as Node-RED gets them: ids are unique over all flows that are deployed together. */
  readonly nodes: readonly Readonly<Record<string, unknown>>[]
  /** Ids of nodes whose messages are reported. */
  readonly publishing: readonly string[]
  readonly events: readonly ({ readonly node: string; readonly message: Readonly<Record<string, unknown>> } | { readonly after: number })[]
}

export interface Outcome {
  /** Per event, in order, the publishing node and the payload. */
  readonly published: readonly (readonly (readonly [string, unknown])[])[]
}

export interface NodeRed {
  readonly run: (flows: readonly FlowUnderTest[]) => Promise<readonly Outcome[]>
  readonly stop: () => void
}

export async function startNodeRed(): Promise<NodeRed> {
  const userDir = mkdtempSync(join(tmpdir(), 'fleetproof-node-red-'))
  const child = fork(join(import.meta.dirname, 'node-red-process.ts'), [userDir], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], HOME: userDir },
  })
  let errors = ''
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
  await answerOf(child, () => errors)
  return {
    run: async (flows) => {
      const answer = answerOf(child, () => errors)
      child.send(flows)
      return (await answer) as readonly Outcome[]
    },
    stop: () => {
      child.kill()
      rmSync(userDir, { recursive: true, force: true })
    },
  }
}

function answerOf(child: ChildProcess, errors: () => string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`Node-RED ended with ${code}: ${errors().slice(0, 2000)}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
