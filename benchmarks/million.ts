// The fleet of the large benchmarks: skewed contexts, 20 variants, caps that bind and moves to make. Seeded: the same bytes each time.
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomNumbers, skewed } from './random.ts'

const architectures = ['armv7', 'arm64', 'x86_64', 'riscv64']
const releases = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']
const memories = [64, 128, 256, 512, 1024, 2048, 4096, 8192]
export const variantCount = 20

/** Variant v needs an architecture (or none), memory and flash that grow with v; later ones are preferred. */
export function millionModel(devices: string): string {
  const variants = Array.from({ length: variantCount }, (_, v) => {
    const memory = memories[Math.floor((v * memories.length) / variantCount)]!
    const arch = v % 5 === 0 ? '' : ` && device.arch != "${architectures[v % 4]!}"`
    const environment = v >= 17 ? ' && device.environment == "staging"' : ''
    return `  v${v}:\n    requires: device.ram >= ${memory}${arch}${environment}\n    prefers: ${v} * 3 + device.ram / 1024\n`
  })
  const caps = Array.from({ length: variantCount }, (_, v) => [
    `  - quota: {variant: v${v}, over: device.region, share: {max: ${12 + (v % 4) * 3}%}}\n`,
    `  - quota: {variant: v${v}, share: {max: ${9 + (v % 3)}%}}\n`,
    ...(v % 4 === 1 ? [`  - quota: {variant: v${v}, over: device.region, share: {min: 7%}}\n    soft: {weight: ${1 + (v % 3)}}\n`] : []),
  ]).flat()
  return `fleetproof: 1
context:
  arch: {enum: [${architectures.join(', ')}]}
  ram: {int: MB}
  region: {text: true}
  site: {text: true}
  environment: {enum: [staging, production]}
  release: {enum: [${releases.join(', ')}]}
  online: {bool: true}
  load: {decimal: 2}
  owner: {text: true}
  running: {text: true}
devices: ${devices}
current: {variant: device.running}
variants:
${variants.join('')}constraints:
${caps.join('')}objectives: [assigned, soft, preference, changes]
`
}

/** Writes `count` devices as NDJSON. */
async function writeMillion(path: string, count: number, seed: number): Promise<void> {
  const next = randomNumbers(seed)
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 })
  let lines: string[] = []
  for (let row = 0; row < count; row++) {
    const ram = memories[7 - skewed(next, 8)]!
    const device = {
      id: `d${row.toString().padStart(7, '0')}`,
      arch: architectures[skewed(next, 4)],
      ram,
      region: `region-${skewed(next, 8)}`,
      site: `site-${skewed(next, 4000)}`,
      environment: next() < 0.15 ? 'staging' : 'production',
      release: releases[Math.floor(next() * 6)],
      online: next() < 0.93,
      load: Math.round(next() * 400) / 100,
      owner: `o${skewed(next, 40)}`,
      running: next() < 0.9 ? `v${skewed(next, 20)}` : null,
    }
    lines.push(JSON.stringify(device))
    if (lines.length === 5000 || row === count - 1) {
      if (!stream.write(lines.join('\n') + '\n')) await once(stream, 'drain')
      lines = []
    }
  }
  stream.end()
  await once(stream, 'finish')
}

const cache = fileURLToPath(new URL('../.cache/', import.meta.url))

/** The devices' file, made on first use; the model stands beside it with the ending `.yaml`. */
export async function millionFile(count: number, seed: number): Promise<string> {
  const file = join(cache, `million-${count}-${seed}.ndjson`)
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file)) {
    await writeMillion(`${file}.part`, count, seed)
    renameSync(`${file}.part`, file)
  }
  writeFileSync(file.replace(/ndjson$/, 'yaml'), millionModel(`million-${count}-${seed}.ndjson`))
  return file
}
