/** A variant as a configuration of an IoT hub: the template with its placeholders filled in, and the condition of the devices that it is for. */
import { refusal } from '../problem.ts'
import type { Kept } from './documents.ts'

export interface Twin {
  readonly deviceId: string
  readonly tags: Readonly<Record<string, unknown>>
}

/** For which devices: all of an environment that have the template's capability, or a single one. */
export type Target =
  | { readonly is: 'environment'; readonly environment: string; readonly capability?: string }
  | { readonly is: 'device'; readonly device: string }

export interface Deployment {
  readonly id: string
  readonly schemaVersion: '1.0'
  readonly labels: Readonly<Record<string, string>>
  readonly content: { readonly modulesContent: Readonly<Record<string, unknown>> }
  readonly targetCondition: string
  readonly priority: number
  readonly metrics: { readonly queries: Readonly<Record<string, string>> }
  readonly target: Target
  readonly variant: string
}

/** The same variant for the same devices has the same id: deploying again replaces. */
export function deploymentOf(variant: Kept, template: Kept, target: Target): Deployment {
  const id = target.is === 'device' ? `device_${target.device}_${variant.id}` : `env_${target.environment}_${variant.id}`
  return {
    id,
    schemaVersion: '1.0',
    labels: { variant: variant.id, template: template.id },
    content: { modulesContent: modulesOf(filled(template, variant)) },
    targetCondition: conditionOf(target),
    priority: target.is === 'device' ? 20 : 10,
    metrics: {
      queries: {
        applied: `SELECT deviceId FROM devices.modules WHERE moduleId = '$edgeAgent' AND configurations.[[${id}]].status = 'Applied'`,
      },
    },
    target,
    variant: variant.id,
  }
}

export function capabilityOf(template: Kept | undefined): string | undefined {
  const { predefinedtag } = propertyOf(template)
  const capability = (predefinedtag as { readonly capability?: unknown } | undefined)?.capability
  return typeof capability === 'string' ? capability : undefined
}

/** The variant that devices of the template fall back to. */
export function safeVariantOf(template: Kept): string | undefined {
  const { safemode } = propertyOf(template)
  return typeof safemode === 'string' ? safemode : undefined
}

export const environmentTarget = (environment: string, template: Kept): Target => {
  const capability = capabilityOf(template)
  return { is: 'environment', environment, ...(capability === undefined ? {} : { capability }) }
}

export function isTargeted({ deviceId, tags }: Twin, target: Target): boolean {
  if (target.is === 'device') return deviceId === target.device
  return tags['environment'] === target.environment && (target.capability === undefined || tags['capability'] === target.capability)
}

function conditionOf(target: Target): string {
  if (target.is === 'device') return `deviceId=${quoted(target.device)}`
  const environment = `tags.environment=${quoted(target.environment)}`
  return target.capability === undefined ? environment : `${environment} and tags.capability=${quoted(target.capability)}`
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const propertyOf = (kept: Kept | undefined): Readonly<Record<string, unknown>> =>
  (kept?.['property'] ?? {}) as Readonly<Record<string, unknown>>

/** Every occurrence of `{{NAME}}` in any text of the content; a placeholder without a value is refused. */
function filled(template: Kept, variant: Kept): unknown {
  const values = (variant['parameter'] ?? {}) as Readonly<Record<string, unknown>>
  const missing = new Set<string>()
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (whole, name: string) => {
        if (Object.hasOwn(values, name)) return String(values[name])
        missing.add(name)
        return whole
      })
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each)]))
  }
  const content = fill(template['content'])
  if (missing.size > 0)
    throw refusal(
      422,
      'divenact/no-parameter',
      `the variant \`${variant.id}\` gives no value for ${[...missing].map((name) => `\`${name}\``).join(', ')}`,
    )
  return content
}

/** A content is a whole set of modules, or the modules of our own application alone. */
function modulesOf(content: unknown): Readonly<Record<string, unknown>> {
  const given = (typeof content === 'object' && content !== null ? content : {}) as Readonly<Record<string, unknown>>
  const whole = given['modulesContent'] ?? (given['content'] as { readonly modulesContent?: unknown } | undefined)?.modulesContent
  if (typeof whole === 'object' && whole !== null) return whole as Readonly<Record<string, unknown>>
  return {
    $edgeAgent: {
      'properties.desired': {
        schemaVersion: '1.0',
        runtime: { type: 'docker', settings: { minDockerVersion: 'v1.25' } },
        systemModules: {
          edgeAgent: { type: 'docker', settings: { image: 'mcr.microsoft.com/azureiotedge-agent:1.0', createOptions: '' } },
          edgeHub: {
            type: 'docker',
            status: 'running',
            restartPolicy: 'always',
            settings: { image: 'mcr.microsoft.com/azureiotedge-hub:1.0', createOptions: '' },
          },
        },
        modules: given,
      },
    },
    $edgeHub: {
      'properties.desired': {
        schemaVersion: '1.0',
        routes: { route: 'FROM /messages/* INTO $upstream' },
        storeAndForwardConfiguration: { timeToLiveSecs: 7200 },
      },
    },
  }
}
