// Frozen: the least that reading a fleet can cost in plain JavaScript. Imports nothing of this project; do not speed it up, do not slow it down.
// Reads NDJSON, parses each line, evaluates 20 fixed predicates, hashes the answers with the id. Usage: node ingest-limit.mjs FILE
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const predicates = [
  (d) => d.ram >= 64,
  (d) => d.ram >= 64 && d.arch !== 'arm64',
  (d) => d.ram >= 64 && d.arch !== 'x86_64',
  (d) => d.ram >= 128 && d.arch !== 'riscv64',
  (d) => d.ram >= 128 && d.arch !== 'armv7',
  (d) => d.ram >= 256,
  (d) => d.ram >= 256 && d.arch !== 'x86_64',
  (d) => d.ram >= 256 && d.arch !== 'riscv64',
  (d) => d.ram >= 512 && d.arch !== 'armv7',
  (d) => d.ram >= 512 && d.arch !== 'arm64',
  (d) => d.ram >= 1024,
  (d) => d.ram >= 1024 && d.arch !== 'riscv64',
  (d) => d.ram >= 1024 && d.arch !== 'armv7',
  (d) => d.ram >= 2048 && d.arch !== 'arm64',
  (d) => d.ram >= 2048 && d.arch !== 'x86_64',
  (d) => d.ram >= 4096,
  (d) => d.ram >= 4096 && d.arch !== 'armv7',
  (d) => d.ram >= 4096 && d.arch !== 'arm64' && d.environment === 'staging',
  (d) => d.ram >= 8192 && d.arch !== 'x86_64' && d.environment === 'staging',
  (d) => d.ram >= 8192 && d.environment === 'staging',
]

const started = performance.now()
const hash = createHash('sha256')
let devices = 0
for await (const line of createInterface({ input: createReadStream(process.argv[2], { highWaterMark: 1 << 20 }), crlfDelay: Infinity })) {
  const device = JSON.parse(line)
  let bits = 0
  for (let p = 0; p < predicates.length; p++) if (predicates[p](device)) bits |= 1 << p
  hash.update(device.id)
  hash.update(String(bits))
  devices++
}
console.log(
  JSON.stringify({
    devices,
    digest: hash.digest('hex'),
    milliseconds: Math.round(performance.now() - started),
    memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  }),
)
