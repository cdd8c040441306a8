// Question: how far from merely reading it is assigning 1,000,000 devices of which no two are alike to 20 variants, four levels, verified and written?
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { assignFile } from './assign-million.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { millionFile } from './million.ts'

// Preferences are remainders of one number by different primes: the number is another one on every device, so the preferences are too.
const primes = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197]
const STEP = 7919
const MODULUS = 1_000_003

/** The devices of the million with a `weight` of their own, and the model that prefers by it. */
async function distinctFile(count: number, seed: number): Promise<string> {
  const plain = await millionFile(count, seed)
  const file = plain.replace('million-', 'distinct-')
  const model = readFileSync(plain.replace(/ndjson$/, 'yaml'), 'utf8')
    .replace('million-', 'distinct-')
    .replace('context:\n', 'context:\n  weight: {int: kg}\n')
    .replaceAll(/prefers: (\d+) \* 3 \+ device\.ram \/ 1024/g, (_, v: string) => `prefers: ${v} + device.weight % ${primes[Number(v)]!}`)
  writeFileSync(file.replace(/ndjson$/, 'yaml'), model)
  if (existsSync(file)) return file
  const stream = createWriteStream(`${file}.part`, { highWaterMark: 1 << 20 })
  let row = 0
  for await (const line of createInterface({ input: createReadStream(plain) }))
    if (!stream.write(`${line.slice(0, -1)},"weight":${(row++ * STEP) % MODULUS}}\n`)) await once(stream, 'drain')
  stream.end()
  await once(stream, 'finish')
  renameSync(`${file}.part`, file)
  return file
}

export async function assignDistinct(options: BenchmarkOptions, count = 1_000_000): Promise<BenchmarkResult> {
  return assignFile(await distinctFile(count, options.seed), count, options)
}
