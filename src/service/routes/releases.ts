/** Releases: signed snapshots that are verified when they come and again before they are carried out, and the gates of their stages. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { createRollout } from '../../deploy/rollout/manage.ts'
import { signedRoot } from '../../model/release.ts'
import { releaseHash } from '../../model/revision.ts'
import { selfSigned } from '../../plan/release/root.ts'
import type { App } from '../app.ts'
import { findAssignment, linesOf } from '../assigned-subject.ts'
import { checkedReport } from '../checked-report.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { nameShape, pageOfShape, pageShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { planAssignment } from '../plan-assignment.ts'
import type { Principal } from '../principal.ts'
import { badInput, notFound, refusal } from '../problem.ts'
import {
  findRelease,
  judged,
  keepRelease,
  keepTrust,
  listReleases,
  mayEnter,
  receivedShape,
  shown,
  trustOf,
  verified,
  type FoundRelease,
  type KeptRelease,
} from '../releases.ts'
import { managed, rolloutAnswer, rolloutShape } from '../rollout-answer.ts'
import { deployerOf } from '../rollout-deployers.ts'
import { policyText, rolloutIdOf, startShape } from './rollouts.ts'

const gateShape = z.object({ gate: z.looseObject({ is: z.string() }), passed: z.boolean(), why: z.string() })
const releaseShape = z
  .object({
    hash: z.string(),
    fleet: z.string(),
    version: z.int(),
    expires: z.string(),
    assignment: z.string(),
    author: z.string(),
    created: z.string(),
    at: z.string().optional().describe('the stage where it stands; absent: it has left the last one'),
    stages: z.array(z.object({ stage: z.string(), tasksDone: z.boolean(), entry: z.array(gateShape), exit: z.array(gateShape) })),
  })
  .meta({ id: 'Release' })

const example = (command: string) => `\`\`\`console\n$ ${command}\n\`\`\``

export function releaseRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const named = z.object({ hash: releaseHash })
  const answerOf = async (tenant: string, found: FoundRelease): Promise<z.output<typeof releaseShape>> => {
    const { stages, at } = await judged(parts, tenant, found)
    const { fleet, assignment, author, signed } = found.kept
    return {
      hash: found.release.hash,
      fleet,
      version: signed.signed.version,
      expires: signed.signed.expires,
      assignment,
      author,
      created: found.document.created,
      ...(at === undefined ? {} : { at }),
      stages: stages.map(({ stage, tasksDone, entry, exit }) => ({ stage, tasksDone, entry: shown(entry), exit: shown(exit) })),
    }
  }
  /** Adds to what is known of a release, audited; answers it as it is then. */
  const add = async (principal: Principal, hash: string, action: string, change: Partial<KeptRelease>, after: unknown) => {
    const { tenant, name } = principal
    const found = await findRelease(parts, tenant, hash)
    const { kept } = found
    const next: KeptRelease = {
      ...kept,
      ...change,
      tests: [...kept.tests, ...(change.tests ?? [])],
      approvals: [...kept.approvals, ...(change.approvals ?? [])],
      done: [...kept.done, ...(change.done ?? [])],
    }
    await keepRelease(parts, tenant, hash, next, { actor: name, etag: found.document.etag })
    await audit(parts, principal, action, `release/${hash}`, { after })
    return answerOf(tenant, await findRelease(parts, tenant, hash))
  }

  app.put(
    '/v1/fleets/:fleet/trust',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['releases'],
        summary: 'Names the root that releases of a fleet must be signed under; once, later ones come with releases',
        description: example('curl -X PUT $URL/v1/fleets/rooms/trust -d @1.root.json'),
        params: z.object({ fleet: nameShape }),
        body: signedRoot,
        response: { 200: z.object({ fleet: z.string(), version: z.int() }).describe('trusted') },
      },
    },
    async ({ principal, params: { fleet }, body }) => {
      const wrong = selfSigned(body, 'root')
      if (wrong.length > 0) throw badInput(wrong, 'the root is not signed by itself')
      if ((await trustOf(parts, principal.tenant, fleet)) !== undefined)
        throw refusal(409, 'release/trusted', 'the fleet trusts a root already; newer ones come with releases, signed by it')
      await keepTrust(parts, principal.tenant, fleet, { root: body, newest: {} }, principal.name)
      await audit(parts, principal, 'root trusted', `fleet/${fleet}`, { after: { version: body.signed.version } })
      return { fleet, version: body.signed.version }
    },
  )

  app.post(
    '/v1/releases',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Takes a signed release; tampered, expired, rolled-back and foreign ones are refused',
        description: example('curl -X POST $URL/v1/releases -d @release.json'),
        body: receivedShape.extend({ assignment: z.string().min(1).max(128).describe('the stored assignment that the release is of') }),
        response: { 201: releaseShape.describe('verified and kept') },
      },
    },
    async ({ principal, body: { assignment, ...received } }, reply) => {
      const { tenant, name } = principal
      const trust = await trustOf(parts, tenant, received.fleet)
      if (trust === undefined) throw refusal(409, 'release/no-root', `fleet \`${received.fleet}\` trusts no root yet`)
      const remembered = verified(parts, trust, received)
      const hash = received.release.signed.content.sha256
      const of = await findAssignment(parts, tenant, assignment)
      if (of.fleet !== received.fleet)
        throw refusal(422, 'release/other-fleet', `the release is for fleet \`${received.fleet}\`, its assignment for another`)
      const lines = await assignedHash(tenant, assignment)
      if (lines !== received.content.assignment.devices.sha256)
        throw refusal(422, 'release/mixed', `the release is not of assignment \`${assignment}\`: its device lines have another hash`)
      const kept: KeptRelease = {
        fleet: received.fleet,
        signed: received.release,
        content: received.content,
        files: received.files,
        assignment,
        author: name,
        tests: [],
        approvals: [],
        done: [],
      }
      await keepRelease(parts, tenant, hash, kept, { actor: name })
      await keepTrust(parts, tenant, received.fleet, remembered, name)
      await audit(parts, principal, 'release taken', `release/${hash}`, {
        after: { fleet: received.fleet, version: received.release.signed.version },
      })
      return reply
        .code(201)
        .header('location', `/v1/releases/${hash}`)
        .send(await answerOf(tenant, await findRelease(parts, tenant, hash)))
    },
  )

  app.get(
    '/v1/releases',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['releases'],
        summary: 'Lists releases with the stage where each stands',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/releases\n```',
        querystring: pageShape,
        response: { 200: pageOfShape(releaseShape).describe('one page, by hash') },
      },
    },
    async ({ principal: { tenant }, query: { limit, cursor } }) => {
      const { items, ...next } = pageOf(
        await listReleases(parts, tenant, limit + 1, readCursor(cursor)),
        limit,
        ({ release }) => release.hash,
      )
      return { items: await Promise.all(items.map((found) => answerOf(tenant, found))), ...next }
    },
  )

  app.get(
    '/v1/releases/:hash',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['releases'],
        summary: 'A release, and every gate of its stages with why it is open or shut',
        description: example('curl $URL/v1/releases/$RELEASE'),
        params: named,
        response: { 200: releaseShape.describe('it') },
      },
    },
    async ({ principal: { tenant }, params }) => answerOf(tenant, await findRelease(parts, tenant, params.hash)),
  )

  app.post(
    '/v1/releases/:hash/tests',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Reports a test of exactly this release',
        description: example('curl -X POST $URL/v1/releases/$RELEASE/tests -d \'{"name":"smoke","passed":true}\''),
        params: named,
        body: z.object({ name: z.string().min(1).max(256), passed: z.boolean() }),
        response: { 200: releaseShape.describe('its gates then') },
      },
    },
    async ({ principal, params: { hash }, body: { name, passed } }) =>
      add(
        principal,
        hash,
        'test reported',
        { tests: [{ release: hash, name, passed, at: parts.clock(), by: principal.name }] },
        { name, passed },
      ),
  )

  app.post(
    '/v1/releases/:hash/approvals',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['releases'],
        summary: 'Approves exactly this release; whether its author counts, the gate says',
        description: example("curl -X POST $URL/v1/releases/$RELEASE/approvals -d '{}'"),
        params: named,
        body: z.object({ reason: z.string().max(2000).default('') }),
        response: { 200: releaseShape.describe('its gates then') },
      },
    },
    async ({ principal, params: { hash }, body: { reason } }) =>
      add(
        principal,
        hash,
        'release approved',
        { approvals: [{ release: hash, who: principal.name, roles: [principal.role], at: parts.clock() }] },
        { reason },
      ),
  )

  app.post(
    '/v1/releases/:hash/conflicts',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Names the finished check that speaks for this release at its gates',
        description: example('curl -X POST $URL/v1/releases/$RELEASE/conflicts -d \'{"check":"..."}\''),
        params: named,
        body: z.object({ check: z.string().min(1).max(128) }),
        response: { 200: releaseShape.describe('its gates then') },
      },
    },
    async ({ principal, params: { hash }, body: { check } }) => {
      const report = await store.reports.get(principal.tenant, check)
      if (report === undefined) throw notFound(`there is no check \`${check}\``)
      const { findings } = checkedReport(report.content)
      const open = findings.flatMap(({ severity, verdict }) => (verdict === 'proved' ? [] : [{ severity, verdict }]))
      return add(principal, hash, 'conflicts reported', { conflicts: { report: check, open } }, { check, open: open.length })
    },
  )

  app.post(
    '/v1/releases/:hash/stages/:stage/done',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Says that the tasks of a stage that are not rollouts are done; its soak begins',
        description: example("curl -X POST $URL/v1/releases/$RELEASE/stages/staging/done -d '{}'"),
        params: named.extend({ stage: nameShape }),
        body: z.object({ reason: z.string().max(2000).default('') }),
        response: { 200: releaseShape.describe('its gates then') },
      },
    },
    async ({ principal, params: { hash, stage }, body: { reason } }) => {
      const found = await findRelease(parts, principal.tenant, hash)
      mayEnter(await judged(parts, principal.tenant, found), stage)
      return add(principal, hash, 'stage done', { done: [{ release: hash, stage, at: parts.clock() }] }, { stage, reason })
    },
  )

  app.post(
    '/v1/releases/:hash/rollouts',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Makes the rollout of a stage; the release is verified again, and every gate at the entry must be open',
        description: example('curl -X POST $URL/v1/releases/$RELEASE/rollouts -d \'{"stage":"production","deployer":"floor"}\''),
        params: named,
        body: startShape.extend({ stage: nameShape }),
        response: { 201: rolloutShape.describe('made: it waits for approval, or for its start') },
      },
    },
    async ({ principal, params: { hash }, body }, reply) => {
      const { tenant, name } = principal
      const found = await findRelease(parts, tenant, hash)
      const { kept } = found
      const trust = await trustOf(parts, tenant, kept.fleet)
      if (trust === undefined) throw refusal(409, 'release/no-root', `fleet \`${kept.fleet}\` trusts no root`)
      verified(parts, trust, { fleet: kept.fleet, roots: [], release: kept.signed, content: kept.content, files: kept.files })
      mayEnter(await judged(parts, tenant, found), body.stage)
      const deployer = deployerOf(parts.deployers, body.deployer)
      const { made, fleet, beside } = await planAssignment(parts, tenant, {
        assignment: kept.assignment,
        release: hash,
        ...policyText(body.waves),
        ...(body.quota === undefined ? {} : { quota: body.quota }),
      })
      const id = body.id ?? rolloutIdOf(made.stored.head.changesSha256)
      const { needsApproval, stage, reason } = body
      const row = managed(
        await createRollout(
          store,
          tenant,
          { id, fleet, release: hash, plan: made.plan, stored: made.stored, beside, stage, needsApproval, deployer },
          { actor: name, reason, now: now(parts) },
        ),
      )
      return reply.code(201).header('location', `/v1/rollouts/${id}`).send(rolloutAnswer(row))
    },
  )

  async function assignedHash(tenant: string, id: string): Promise<string> {
    const hash = createHash('sha256')
    for await (const chunk of await linesOf(parts, tenant, await findAssignment(parts, tenant, id))) hash.update(chunk)
    return hash.digest('hex')
  }
}
