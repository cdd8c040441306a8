// `--deployer`: an address such as `mqtt://broker:1883`, or a YAML file that describes it.
import type { Read } from '../diagnostics/diagnostic.ts'
import { readShape } from '../diagnostics/shape.ts'
import { readYaml } from '../diagnostics/yaml.ts'
import { deployerConfig, type DeployerConfig } from '../deploy/deployer-config.ts'
import { readSource } from './files.ts'
import type { Streams } from './streams.ts'

export async function readDeployer(written: string, streams: Streams): Promise<Read<DeployerConfig>> {
  if (/^(mqtts?|wss?):\/\//.test(written)) return { ok: true, value: deployerConfig.parse({ is: 'mqtt', url: written }), diagnostics: [] }
  const source = await readSource(written, streams)
  if (!source.ok) return source
  const document = readYaml(source.value)
  if (!document.ok) return document
  const shaped = readShape(deployerConfig, document.value.value, document.value, [])
  return shaped.ok ? { ok: true, value: shaped.value, diagnostics: document.diagnostics } : shaped
}
