/** Releases: signed snapshots that are verified when they come and again before they are carried out, and the gates of their stages. */
import { z } from 'zod'
import { signedRoot } from '../../model/release.ts'
import { releaseHash } from '../../model/revision.ts'
import type { Task } from '../../model/wave.ts'
import { selfSigned } from '../../plan/release/root.ts'
import type { App } from '../app.ts'
import { tellApprovers } from '../approvers.ts'
import { findAssignment } from '../assigned-subject.ts'
import { checkedReport } from '../checked-report.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { nameShape, pageOfShape, pageShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { badInput, notFound, refusal } from '../problem.ts'
import {
  changeRelease,
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
import { rolloutAnswer, rolloutShape } from '../rollout-answer.ts'
import { deployerOf } from '../rollout-deployers.ts'
import { startShape } from '../rollout-request.ts'
import { makeStageRollout } from '../stage-rollout.ts'
import { assignedHash, beginTasks, checkAgain } from '../stage-tasks.ts'

const gateShape = z.object({ gate: z.looseObject({ is: z.string() }), passed: z.boolean(), why: z.string() })
const taskShape = z.object({
  is: z.enum(['command', 'webhook', 'check', 'rollout']),
  what: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  by: z.string().optional(),
  at: z.string().optional(),
  ended: z.string().optional(),
  why: z.string().optional(),
})
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
    stages: z.array(
      z.object({
        stage: z.string(),
        tasksDone: z.boolean(),
        entry: z.array(gateShape),
        tasks: z.array(taskShape).describe('in order, each as it was last done'),
        exit: z.array(gateShape),
        told: z.array(z.object({ at: z.string(), who: z.array(z.string()) })).describe('approvers who were told, and how that ended'),
      }),
    ),
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
      stages: stages.map(({ stage, tasksDone, entry, exit }) => ({
        stage,
        tasksDone,
        entry: shown(entry),
        tasks: tasksOf(found, stage),
        exit: shown(exit),
        told: found.kept.told.filter((one) => one.stage === stage).map((one) => ({ at: instant(one.at), who: one.who })),
      })),
    }
  }
  /** Adds to what is known of a release, audited; answers it as it is then. */
  const add = async (principal: Principal, hash: string, action: string, change: Partial<KeptRelease>, after: unknown) => {
    const { tenant, name } = principal
    await changeRelease(parts, tenant, hash, name, (kept) => ({
      ...kept,
      ...change,
      tests: [...kept.tests, ...(change.tests ?? [])],
      approvals: [...kept.approvals, ...(change.approvals ?? [])],
      done: [...kept.done, ...(change.done ?? [])],
    }))
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
      const lines = await assignedHash(parts, tenant, assignment)
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
        runs: [],
        tasks: [],
        told: [],
      }
      await keepRelease(parts, tenant, hash, kept, { actor: name })
      await keepTrust(parts, tenant, received.fleet, remembered, name)
      await audit(parts, principal, 'release taken', `release/${hash}`, {
        after: { fleet: received.fleet, version: received.release.signed.version },
      })
      inform(tenant, hash)
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
      await checkAgain(parts, tenant, found)
      mayEnter(await judged(parts, tenant, found), body.stage)
      const row = await makeStageRollout(parts, tenant, found, body, { actor: name, reason: body.reason, now: now(parts) })
      return reply.code(201).header('location', `/v1/rollouts/${row.id}`).send(rolloutAnswer(row))
    },
  )

  app.post(
    '/v1/releases/:hash/stages/:stage/run',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['releases'],
        summary: 'Does the tasks of a stage in order, behind its open entry gates: programs, web hooks, checks, its rollout',
        description: example('curl -X POST $URL/v1/releases/$RELEASE/stages/staging/run -d \'{"rollout":{"deployer":"floor"}}\''),
        params: named.extend({ stage: nameShape }),
        body: z.object({
          reason: z.string().max(2000).default(''),
          rollout: startShape.omit({ reason: true }).optional().describe('how the rollout among the tasks is made'),
        }),
        response: { 202: releaseShape.describe('begun: its tasks say how far they are') },
      },
    },
    async ({ principal: { tenant, name }, params: { hash, stage }, body: { reason, rollout } }, reply) => {
      const found = await findRelease(parts, tenant, hash)
      await checkAgain(parts, tenant, found)
      mayEnter(await judged(parts, tenant, found), stage)
      if (rollout !== undefined) deployerOf(parts.deployers, rollout.deployer)
      await beginTasks(parts, tenant, hash, { stage, by: name, reason, ...(rollout === undefined ? {} : { rollout }) })
      return reply.code(202).send(await answerOf(tenant, await findRelease(parts, tenant, hash)))
    },
  )

  /** In the background: nobody waits for mails. */
  function inform(tenant: string, hash: string): void {
    tellApprovers(parts, tenant, hash).catch((error: unknown) => {
      if (!parts.stopping.aborted) parts.log.error(error, 'approvers were not told')
    })
  }
}

const instant = (at: number): string => new Date(at).toISOString()

function tasksOf({ release, kept }: FoundRelease, name: string): z.output<typeof taskShape>[] {
  const tasks = release.content.stages.find((stage) => stage.name === name)?.tasks ?? []
  return tasks.map((task, index) => {
    const record = kept.tasks.findLast((one) => one.stage === name && one.task === index)
    const what = whatOf(task)
    if (record === undefined) return { is: task.is, what, state: 'waiting' }
    const { state, by, at, ended, why } = record
    return { is: task.is, what, state, by, at: instant(at), why, ...(ended === undefined ? {} : { ended: instant(ended) }) }
  })
}

function whatOf(task: Task): string {
  switch (task.is) {
    case 'command':
      return [task.program, ...task.arguments].join(' ')
    case 'webhook':
      return task.url
    case 'check':
      return 'the release as it was signed'
    case 'rollout':
      return task.policy
  }
}
