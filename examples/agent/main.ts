/**
 * Runs one device: `node --import tsx examples/agent/main.ts --url mqtt://127.0.0.1:1883 --device gw-0001 --folder /var/lib/gw --install ./install.sh`.
 * The program `--install` gets the variant as its argument, settings and revision in its environment and the artefact's path in `ARTEFACT`; exit code 0 is success,
 * 2 refuses the state for good, any other may be tried again. `--check`, where given, is the device's own check afterwards: 0 agrees.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DesiredState } from '../../src/deploy/deployer.ts'
import { revisionText } from '../../src/model/revision.ts'
import { startAgent } from './agent.ts'
import { Refused } from './device.ts'
import { fileMemory } from './memory.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { url: text, device: text, folder: text, prefix: text, install: text, check: text, ca: text, cert: text, key: text },
})
const { url, device, folder } = values
if (url === undefined || device === undefined || folder === undefined) {
  process.stderr.write('usage: main.ts --url URL --device NAME --folder PATH [--prefix fleetproof] [--install PROGRAM] [--check PROGRAM] [--ca PEM --cert PEM --key PEM]\n')
  process.exit(3)
}
mkdirSync(folder, { recursive: true })

async function run(program: string | undefined, state: DesiredState, artefact: string): Promise<number> {
  if (program === undefined) return 0
  const settings = Object.fromEntries(Object.entries(state.is.settings).map(([name, value]) => [`SETTING_${name}`, String(value)]))
  const child = spawn(program, [state.is.variant ?? ''], {
    stdio: 'inherit',
    env: { ...process.env, ...settings, OUTCOME: state.is.outcome, REVISION: revisionText(state.revision), ARTEFACT: artefact },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? -1))
  })
}

const pem = (path: string | undefined, name: string): Record<string, string> => (path === undefined ? {} : { [name]: readFileSync(path, 'utf8') })
const agent = await startAgent({
  broker: { url, tls: { ...pem(values.ca, 'authority'), ...pem(values.cert, 'certificate'), ...pem(values.key, 'key') } },
  prefix: values.prefix ?? 'fleetproof',
  device,
  memory: fileMemory(join(folder, 'status.json')),
  work: {
    fetch: async (artefact, signal) => {
      const answer = await fetch(artefact.url, { signal })
      if (!answer.ok) throw new Error(`${artefact.url} answers ${answer.status}`)
      return new Uint8Array(await answer.arrayBuffer())
    },
    install: async (state, bytes) => {
      const path = join(folder, 'artefact')
      if (bytes !== undefined) writeFileSync(path, bytes, { flush: true })
      const code = await run(values.install, state, bytes === undefined ? '' : path)
      if (code === 2) throw new Refused('the install program refuses the state')
      if (code !== 0) throw new Error(`the install program ends with ${code}`)
    },
    check: async (state) => (await run(values.check, state, '')) === 0,
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void agent.stop())
