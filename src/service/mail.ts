/** Mails that say that a release waits for approval. */
import { createTransport } from 'nodemailer'

export interface Mail {
  /** `smtp://user:password@host:25`, `smtps://...`. */
  readonly server: string
  readonly from: string
  readonly to: readonly string[]
}

/** What became of each address; never throws for a server that cannot be reached. */
export async function sendMail(
  { server, from, to }: Mail,
  { release, fleet, stage, why }: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const transport = createTransport(server, { connectionTimeout: 10_000, socketTimeout: 20_000 } as Record<string, unknown>)
  try {
    const answers: string[] = []
    for (const address of to) {
      const sent = await transport
        .sendMail({
          from,
          to: address,
          subject: `fleetproof: release ${(release ?? '').slice(0, 12)} waits for approval in stage ${stage ?? ''}`,
          text: `Release ${release ?? ''} of fleet ${fleet ?? ''} waits before stage ${stage ?? ''}: ${why ?? ''}.\n\nfleetproof release status ${release ?? ''} --server ...\n`,
        })
        .then(
          () => 'told',
          (error: unknown) => (error instanceof Error ? error.message.slice(0, 300) : String(error)),
        )
      answers.push(`mail ${address}: ${sent}`)
    }
    return answers
  } finally {
    transport.close()
  }
}
