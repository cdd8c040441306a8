// `--deployer`: an address such as `mqtt://broker:1883`, or a YAML file that describes it.
import { z } from 'zod'
import type { Read } from '../diagnostics/diagnostic.ts'
import { readShape } from '../diagnostics/shape.ts'
import { readYaml } from '../diagnostics/yaml.ts'
import { deployerConfig, type DeployerConfig } from '../deploy/deployer-config.ts'
import { readSource } from './files.ts'
import type { Streams } from './streams.ts'

export async function readDeployer(written: string, streams: Streams): Promise<Read<DeployerConfig>> {
  if (/^(mqtts?|wss?):\/\//.test(written)) return { ok: true, value: deployerConfig.parse({ is: 'mqtt', url: written }), diagnostics: [] }
  return readShaped(written, deployerConfig, streams)
}

/** Deployers by name: a YAML file. */
export function readDeployers(name: string, streams: Streams): Promise<Read<Readonly<Record<string, DeployerConfig>>>> {
  return readShaped(name, z.record(z.string().regex(/^[\w-]+$/, 'a name has letters, digits, `_` and `-`'), deployerConfig), streams)
}

async function readShaped<T>(name: string, shape: z.ZodType<T>, streams: Streams): Promise<Read<T>> {
  const source = await readSource(name, streams)
  if (!source.ok) return source
  const document = readYaml(source.value)
  if (!document.ok) return document
  const shaped = readShape(shape, document.value.value, document.value, [])
  return shaped.ok ? { ok: true, value: shaped.value, diagnostics: document.diagnostics } : shaped
}
