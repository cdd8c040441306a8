// The service and its workers: the options of each command, and an example.
import { Option } from 'commander'
import type { ServeCommandOptions } from './commands/serve.ts'
import type { WorkerCommandOptions } from './commands/worker.ts'
import { collect, count, natural, threads, type Commands } from './program-options.ts'

const deadAfter = (): Option =>
  new Option('--dead-after <seconds>', 'take over the work of a process that was not heard of for so long').argParser(natural).default(30)

const otlp = (): Option =>
  new Option('--otlp <url>', 'send traces to this collector (OTLP over HTTP); also read from OTEL_EXPORTER_OTLP_ENDPOINT')

export function addServiceCommands({ program, streams, signal, finish }: Commands): void {
  program
    .command('serve')
    .description('serve the HTTP API until told to stop; nothing is open without a token but health and login')
    .addOption(new Option('--data <folder>', 'where the embedded store stands').default('fleetproof-data'))
    .addOption(new Option('--database <url>', 'a PostgreSQL server instead, `postgres://...`; also read from FLEETPROOF_DATABASE'))
    .addOption(new Option('--database-password-file <file>', 'read its password from this file'))
    .addOption(new Option('--host <address>', 'listen here').default('127.0.0.1'))
    .addOption(new Option('--port <n>', 'listen on this port; 0: any free one').argParser(count).default(8080))
    .addOption(new Option('--tls-cert <file>', 'certificate chain (PEM)'))
    .addOption(new Option('--tls-key <file>', 'its private key (PEM)'))
    .addOption(new Option('--behind-proxy', 'a proxy ends TLS and says who called (X-Forwarded-*)'))
    .addOption(
      new Option('--tenant <name>', 'a tenant, with an admin token at its first start; may be repeated')
        .argParser(collect)
        .default([], '`default`'),
    )
    .addOption(new Option('--mqtt <url>', 'take contexts of devices from this broker'))
    .addOption(new Option('--mqtt-user <name>', 'as this user'))
    .addOption(new Option('--mqtt-password-file <file>', 'with the password in this file'))
    .addOption(new Option('--deployers <file>', 'deployers by the name that rollouts use (YAML)'))
    .addOption(
      new Option('--allow-program <path>', 'a program that tasks of signed releases may run; may be repeated')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--mail-server <url>',
        'tell approvers through this server, `smtp://host:25`; its password is read from FLEETPROOF_MAIL_PASSWORD',
      ),
    )
    .addOption(new Option('--mail-from <address>', 'from this address'))
    .addOption(new Option('--mail-to <address>', 'an approver to be told; may be repeated').argParser(collect).default([], 'nobody'))
    .addOption(new Option('--oidc-issuer <url>', 'let people sign in through this provider'))
    .addOption(new Option('--oidc-client <id>', 'as which we are known to it'))
    .addOption(new Option('--oidc-secret-file <file>', 'with the secret in this file'))
    .addOption(new Option('--oidc-redirect <url>', 'where it sends people back to: https://OUR-HOST/login/callback'))
    .addOption(new Option('--oidc-role-claim <name>', 'which claim holds the role').default('roles'))
    .addOption(new Option('--oidc-tenant-claim <name>', 'which claim names the tenant').default(undefined, 'the first --tenant'))
    .addOption(otlp())
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info'),
    )
    .addOption(deadAfter())
    .addOption(threads())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof serve --data fleet-data\n  fleetproof serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --database postgres://fleetproof@db/fleetproof',
    )
    .action(async (options: ServeCommandOptions) => {
      // No other command waits until the service is loaded.
      const { runServe } = await import('./commands/serve.ts')
      finish(await runServe(options, streams, signal))
    })

  program
    .command('worker')
    .description('do the work of a service on the same PostgreSQL server, until told to stop; start as many as you like')
    .addOption(new Option('--database <url>', 'the PostgreSQL server, `postgres://...`; also read from FLEETPROOF_DATABASE'))
    .addOption(new Option('--database-password-file <file>', 'read its password from this file'))
    .addOption(new Option('--grace <seconds>', 'wait so long for running jobs when told to stop').argParser(natural).default(10))
    .addOption(deadAfter())
    .addOption(otlp())
    .addOption(threads())
    .addHelpText('after', '\nexample:\n  fleetproof worker --database postgres://fleetproof@db/fleetproof')
    .action(async (options: WorkerCommandOptions) => {
      const { runWorker } = await import('./commands/worker.ts')
      finish(await runWorker(options, streams, signal))
    })
}
