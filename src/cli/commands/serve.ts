// `fleetproof serve`: the service, until it is told to stop.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Mail } from '../../service/mail.ts'
import type { MqttIngest } from '../../service/ingest/mqtt-contexts.ts'
import type { OidcOptions } from '../../service/oidc.ts'
import { startService, type ServeOptions } from '../../service/start.ts'
import { refuse } from '../complain.ts'
import { readDeployers } from '../deployer-option.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unreadable } from '../files.ts'
import type { Streams } from '../streams.ts'

export interface ServeCommandOptions {
  readonly data: string
  readonly database?: string
  readonly databasePasswordFile?: string
  readonly host: string
  readonly port: number
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly behindProxy?: boolean
  readonly tenant: readonly string[]
  readonly deadAfter: number
  readonly threads?: number
  readonly mqtt?: string
  readonly mqttUser?: string
  readonly mqttPasswordFile?: string
  readonly deployers?: string
  readonly allowProgram: readonly string[]
  readonly mailServer?: string
  readonly mailFrom?: string
  readonly mailTo: readonly string[]
  readonly oidcIssuer?: string
  readonly oidcClient?: string
  readonly oidcSecretFile?: string
  readonly oidcRedirect?: string
  readonly oidcRoleClaim?: string
  readonly oidcTenantClaim?: string
  readonly otlp?: string
  readonly logLevel: string
}

const outcome = 'nothing was started'
const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

export async function runServe(options: ServeCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const files = await readFiles(options, streams)
  const deployers = options.deployers === undefined ? undefined : await readDeployers(options.deployers, streams)
  const mail = mailOf(options)
  const wrong = [
    ...misused(options),
    ...files.diagnostics,
    ...wrongCertificate(options, files.texts),
    ...(deployers?.ok === false ? deployers.diagnostics : []),
    ...mail.diagnostics,
  ]
  if (wrong.length > 0) return refuse(wrong, { outcome, json: false }, streams)
  const { texts } = files
  const tenants = options.tenant.length === 0 ? ['default'] : [...new Set(options.tenant)]
  const database = databaseAddress(options, texts.databasePasswordFile)
  const mqtt: MqttIngest | undefined =
    options.mqtt === undefined
      ? undefined
      : {
          url: options.mqtt,
          ...(options.mqttUser === undefined ? {} : { username: options.mqttUser }),
          ...(texts.mqttPasswordFile === undefined ? {} : { password: texts.mqttPasswordFile }),
        }
  const otlp = options.otlp ?? process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const provider = oidcOptions(options, texts.oidcSecretFile, tenants[0]!)
  const serve: ServeOptions = {
    folder: resolve(streams.workingDirectory, options.data),
    host: options.host,
    port: options.port,
    tenants,
    logLevel: options.logLevel,
    log: { write: (line) => streams.error(line) },
    behindProxy: options.behindProxy === true,
    deadAfter: 1000 * options.deadAfter,
    programs: options.allowProgram,
    ...(deployers?.ok === true ? { deployers: deployers.value } : {}),
    ...(mail.value === undefined ? {} : { mail: mail.value }),
    ...(database === undefined ? {} : { database }),
    ...(texts.tlsCert === undefined || texts.tlsKey === undefined ? {} : { tls: { certificate: texts.tlsCert, key: texts.tlsKey } }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(mqtt === undefined ? {} : { mqtt }),
    ...(provider === undefined ? {} : { oidc: provider }),
    ...(otlp === undefined ? {} : { otlp }),
  }
  try {
    const service = await startService(serve)
    streams.out(`listening on ${service.address}\n`)
    for (const { tenant, token } of service.firstTokens)
      streams.out(`first token of \`${tenant}\` (role admin), shown once and kept nowhere:\n  ${token}\n`)
    if (!signal.aborted) await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }))
    streams.out('stopping: what was begun is finished\n')
    await service.stop()
    streams.out('stopped\n')
    return exitCodes.good
  } catch (error) {
    const known = startProblem(error, options)
    if (known === undefined) throw error
    return refuse([known], { outcome, json: false }, streams)
  }
}

/** The three options of mails come together; the server's password does not stand on the command line. */
function mailOf({ mailServer, mailFrom, mailTo }: ServeCommandOptions): {
  readonly value?: Mail
  readonly diagnostics: readonly Diagnostic[]
} {
  if (mailServer === undefined && mailFrom === undefined && mailTo.length === 0) return { diagnostics: [] }
  const said = (message: string, hint: string): { readonly diagnostics: readonly Diagnostic[] } => ({
    diagnostics: [{ code: 'command-line/serve', severity: 'error', message, hint, at: { source: '--mail-server' } }],
  })
  if (mailServer === undefined || mailFrom === undefined || mailTo.length === 0)
    return said('mails need a server, a sender and a receiver', 'maybe one of `--mail-server`, `--mail-from` and `--mail-to` is missing')
  if (!/^smtps?:\/\//.test(mailServer) || !URL.canParse(mailServer))
    return said(`\`${mailServer}\` is no address of a mail server`, 'maybe `smtp://127.0.0.1:25`')
  const server = new URL(mailServer)
  const password = process.env['FLEETPROOF_MAIL_PASSWORD']
  if (password !== undefined && server.username !== '') server.password = encodeURIComponent(password)
  return { value: { server: server.href, from: mailFrom, to: mailTo }, diagnostics: [] }
}

type FileOption = 'databasePasswordFile' | 'tlsCert' | 'tlsKey' | 'mqttPasswordFile' | 'oidcSecretFile'
const fileOptions: readonly FileOption[] = ['databasePasswordFile', 'tlsCert', 'tlsKey', 'mqttPasswordFile', 'oidcSecretFile']

async function readFiles(
  options: ServeCommandOptions,
  streams: Streams,
): Promise<{ readonly texts: Readonly<Partial<Record<FileOption, string>>>; readonly diagnostics: readonly Diagnostic[] }> {
  const texts: Partial<Record<FileOption, string>> = {}
  const diagnostics: Diagnostic[] = []
  for (const option of fileOptions) {
    const file = options[option]
    if (file === undefined) continue
    try {
      const text = await readFile(resolve(streams.workingDirectory, file), 'utf8')
      texts[option] = option.startsWith('tls') ? text : text.trim()
    } catch (error) {
      diagnostics.push({ code: 'input/unreadable', severity: 'error', message: unreadable(error), at: { source: file } })
    }
  }
  return { texts, diagnostics }
}

/** A certificate that cannot be read, or is not the key's. */
function wrongCertificate(
  { tlsCert = '' }: ServeCommandOptions,
  { tlsCert: cert, tlsKey: key }: Readonly<Partial<Record<FileOption, string>>>,
): readonly Diagnostic[] {
  if (cert === undefined || key === undefined) return []
  try {
    createSecureContext({ cert, key })
    return []
  } catch {
    const message = 'this is no certificate with its private key'
    const hint = 'maybe the files are not PEM, or the key belongs to another certificate'
    return [{ code: 'command-line/serve', severity: 'error', message, hint, at: { source: tlsCert } }]
  }
}

/** Options that do not go together, and those that would leave a door open. */
function misused(options: ServeCommandOptions): readonly Diagnostic[] {
  const wrong = (source: string, message: string, hint: string): Diagnostic => ({
    code: 'command-line/serve',
    severity: 'error',
    message,
    hint,
    at: { source },
  })
  const found: Diagnostic[] = []
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined))
    found.push(wrong('--tls-cert', 'a certificate and its key come together', 'maybe the other of `--tls-cert` and `--tls-key` is missing'))
  if (!loopback.has(options.host) && options.tlsCert === undefined && options.behindProxy !== true)
    found.push(
      wrong(
        '--host',
        `\`${options.host}\` is reached from other machines, and tokens would travel unencrypted`,
        'maybe give `--tls-cert` and `--tls-key`, or `--behind-proxy` where a proxy ends TLS',
      ),
    )
  if (options.port > 65_535) found.push(wrong('--port', `\`${options.port}\` is no port`, 'maybe 8080'))
  const { otlp = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] } = options
  if (otlp !== undefined && !/^https?:\/\/[^/]/.test(otlp))
    found.push(wrong('--otlp', `\`${otlp}\` is no address of a collector`, 'maybe `http://localhost:4318`'))
  const database = options.database ?? process.env['FLEETPROOF_DATABASE']
  if (database !== undefined && !/^postgres(ql)?:\/\//.test(database))
    found.push(wrong('--database', 'the address of a database begins with `postgres://`', 'maybe `postgres://user@host/fleetproof`'))
  if (options.mqtt !== undefined && !/^(mqtts?|wss?):\/\//.test(options.mqtt))
    found.push(wrong('--mqtt', `\`${options.mqtt}\` is no address of a broker`, 'maybe `mqtt://127.0.0.1:1883`'))
  for (const tenant of options.tenant)
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(tenant))
      found.push(wrong('--tenant', `\`${tenant}\` is no name of a tenant`, 'maybe small letters, digits and dashes'))
  const oidc = [options.oidcIssuer, options.oidcClient, options.oidcRedirect].filter((given) => given !== undefined).length
  if (oidc > 0 && oidc < 3)
    found.push(
      wrong(
        '--oidc-issuer',
        'logins through a provider need three options',
        'maybe `--oidc-issuer`, `--oidc-client` and `--oidc-redirect`',
      ),
    )
  return found
}

function databaseAddress(
  { database = process.env['FLEETPROOF_DATABASE'] }: ServeCommandOptions,
  password: string | undefined,
): string | undefined {
  if (database === undefined || password === undefined) return database
  const address = new URL(database)
  address.password = encodeURIComponent(password)
  return address.href
}

function oidcOptions(options: ServeCommandOptions, clientSecret: string | undefined, tenant: string): OidcOptions | undefined {
  const { oidcIssuer, oidcClient, oidcRedirect, oidcRoleClaim, oidcTenantClaim } = options
  if (oidcIssuer === undefined || oidcClient === undefined || oidcRedirect === undefined) return undefined
  return {
    issuer: oidcIssuer,
    clientId: oidcClient,
    redirect: oidcRedirect,
    tenant,
    insecure: loopback.has(new URL(oidcIssuer).hostname),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(oidcRoleClaim === undefined ? {} : { roleClaim: oidcRoleClaim }),
    ...(oidcTenantClaim === undefined ? {} : { tenantClaim: oidcTenantClaim }),
  }
}

/** What the user can repair: a port that is taken, a folder in use, a database that is not there. */
function startProblem(error: unknown, { host, port, data }: ServeCommandOptions): Diagnostic | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = (source: string, message: string, hint?: string): Diagnostic => ({
    code: 'serve/cannot-start',
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    at: { source },
  })
  switch (code) {
    case 'EADDRINUSE':
      return said('--port', `port ${port} of \`${host}\` is taken by another process`, 'maybe another `--port`')
    case 'EACCES':
      return said('--port', `this user may not listen on port ${port} of \`${host}\``, 'maybe a port above 1023')
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return said('--host', `\`${host}\` is no address of this machine`)
  }
  if (error instanceof EngineError && /^(store|mqtt|service)\//.test(error.code))
    return said(error.code.startsWith('mqtt/') ? '--mqtt' : error.code.startsWith('service/') ? '--tls-cert' : data, error.message)
  return undefined
}
