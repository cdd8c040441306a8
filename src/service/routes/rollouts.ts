/** Rollouts: planned from an assignment and kept, read, watched. What people do to them stands in `rollout-operations.ts`. */
import { z } from 'zod'
import { changeFacts, type ChangeFacts, type RolloutFacts } from '../../deploy/rollout/facts.ts'
import { createRollout } from '../../deploy/rollout/manage.ts'
import { rolloutView } from '../../deploy/rollout/view.ts'
import { planHead, type Plan } from '../../model/plan.ts'
import { deviceFacts, deviceOutcome, deviceProgress, rolloutState } from '../../model/rollout.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor, writeCursor } from '../cursor.ts'
import { sendEvents } from '../event-stream.ts'
import { deviceShape, nameShape, pageOfShape, pageShape } from '../names.ts'
import { ndjsonType, sendStream } from '../ndjson.ts'
import { now, type Parts } from '../parts.ts'
import { originOf, planAssignment, subjectThen } from '../plan-assignment.ts'
import { badInput, refusal } from '../problem.ts'
import { findRollout, managed, rolloutAnswer, rolloutShape } from '../rollout-answer.ts'
import { deployerOf } from '../rollout-deployers.ts'
import { rolloutEvents } from '../rollout-events.ts'
import { rolloutsKnown, type KnownRollout } from '../rollout-facts.ts'
import { policyText, rolloutIdOf, startShape } from '../rollout-request.ts'

const askShape = startShape.extend({
  assignment: z.string().min(1).max(128),
  stage: nameShape.default('production'),
})
const planShape = askShape.pick({ assignment: true, waves: true, quota: true })
const changeShape = deviceFacts
  .extend({ from: deviceOutcome, to: deviceOutcome, wave: z.string(), step: z.int(), progress: deviceProgress })
  .meta({ id: 'RolloutChange' })
const viewShape = rolloutShape.extend({
  view: z.looseObject({}).describe('how far each wave is'),
  safety: z.looseObject({}).describe('what was proved of every mixture on the way'),
  origin: z.looseObject({}).optional().describe('what it was planned from'),
})

export function rolloutRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const known = rolloutsKnown(store)
  const named = z.object({ rollout: z.string().min(1).max(256) })

  app.post(
    '/v1/plans',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'Plans an assignment and keeps nothing: the waves and the proof, or why no order is safe',
        description: '```console\n$ curl -X POST $URL/v1/plans -d \'{"assignment":"..."}\'\n```',
        body: planShape,
        response: { 200: z.looseObject({}).describe('as `plan --json` answers') },
      },
    },
    async ({ principal, body: { assignment, waves, quota } }) => {
      const { planned } = await planAssignment(parts, principal.tenant, {
        assignment,
        ...policyText(waves),
        ...(quota === undefined ? {} : { quota }),
      })
      return { ...planned.json }
    },
  )

  app.post(
    '/v1/rollouts',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['rollouts'],
        summary: 'Plans an assignment in waves that stay safe, and keeps it as a rollout that nobody has started yet',
        description:
          '```console\n$ curl -X POST $URL/v1/rollouts -d \'{"assignment":"...","deployer":{"is":"mqtt","url":"mqtt://broker:1883"},"waves":"fleetproof-waves: 1\\nwaves: [{name: canary, limit: 5}]"}\'\n```',
        body: askShape,
        response: { 201: rolloutShape.describe('made: it waits for approval, or for its start') },
      },
    },
    async ({ principal, body }, reply) => {
      const { tenant, name } = principal
      const deployer = deployerOf(parts.deployers, body.deployer)
      const { planned, made, fleet, beside } = await planAssignment(parts, tenant, {
        assignment: body.assignment,
        ...policyText(body.waves),
        ...(body.quota === undefined ? {} : { quota: body.quota }),
      })
      const id = body.id ?? rolloutIdOf(made.stored.head.changesSha256)
      const { needsApproval, stage, reason } = body
      const { release } = planned
      const row = managed(
        await createRollout(
          store,
          tenant,
          { id, fleet, release, plan: made.plan, stored: made.stored, beside, stage, needsApproval, deployer },
          { actor: name, reason, now: now(parts) },
        ),
      )
      return reply.code(201).header('location', `/v1/rollouts/${id}`).send(rolloutAnswer(row))
    },
  )

  app.get(
    '/v1/rollouts',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'Lists rollouts, newest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/rollouts?state=running"\n```',
        querystring: pageShape.extend({ state: rolloutState.optional(), fleet: nameShape.optional() }),
        response: { 200: pageOfShape(rolloutShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor, state, fleet } }) => {
      const before = readCursor(cursor)
      const rows = await store.rollouts.list(principal.tenant, {
        limit: limit + 1,
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(state === undefined ? {} : { states: [state] }),
        ...(fleet === undefined ? {} : { fleet }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ seq }) => String(seq))
      return { items: items.map(rolloutAnswer), ...next }
    },
  )

  app.get(
    '/v1/rollouts/:rollout',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'How far a rollout is, wave by wave, and what was proved of it',
        description: '```console\n$ curl $URL/v1/rollouts/$ROLLOUT\n```',
        params: named,
        response: { 200: viewShape.describe('it') },
      },
    },
    async ({ principal: { tenant }, params }) => {
      const row = await findRollout(parts, tenant, params.rollout)
      const head = planHead.parse(row.head)
      const origin = await originOf(parts, tenant, row.id)
      const { facts } = await known.of(tenant, row)
      return {
        ...rolloutAnswer(row),
        view: { ...rolloutView({ ...row, head }, facts.progress) },
        safety: { ...head.safety },
        ...(origin === undefined ? {} : { origin: { ...origin } }),
      }
    },
  )

  app.get(
    '/v1/rollouts/:rollout/changes',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'What changes on which device, in order, with the four facts of each: desired, accepted, reported, verified',
        description: '```console\n$ curl "$URL/v1/rollouts/$ROLLOUT/changes?progress=failed"\n```',
        params: named,
        querystring: pageShape.extend({ progress: deviceProgress.optional(), wave: z.string().max(512).optional() }),
        response: { 200: pageOfShape(changeShape).describe('one page') },
      },
    },
    async ({ principal: { tenant }, params, query: { limit, cursor, progress, wave } }) => {
      const { plan, facts, release } = await factsOf(tenant, params.rollout)
      const from = Number(readCursor(cursor) ?? 0)
      if (!Number.isSafeInteger(from) || from < 0) throw refusal(400, 'service/bad-cursor', 'the cursor is none that was given out')
      const items: ChangeFacts[] = []
      for (let entry = from; entry < plan.changes.count; entry++) {
        const change = changeFacts(plan, facts, release, entry)
        if ((progress !== undefined && change.progress !== progress) || (wave !== undefined && change.wave !== wave)) continue
        if (items.length === limit) return { items, next: writeCursor(String(entry)) }
        items.push(change)
      }
      return { items }
    },
  )

  app.get(
    '/v1/rollouts/:rollout/changes.ndjson',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'All changes as lines of JSON',
        description: '```console\n$ curl $URL/v1/rollouts/$ROLLOUT/changes.ndjson\n```',
        params: named,
        response: { 200: { description: 'one line per changed device', content: { [ndjsonType]: { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { plan, facts, release } = await factsOf(request.principal.tenant, request.params.rollout)
      return await sendStream(request, reply, ndjsonType, changeLines(plan, facts, release))
    },
  )

  app.get(
    '/v1/rollouts/:rollout/changes/:device/explanation',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'Why a device gets what it gets, answered from the model and the devices as they were when the rollout was planned',
        description: '```console\n$ curl "$URL/v1/rollouts/$ROLLOUT/changes/gw-1/explanation?whyNot=lite"\n```',
        params: named.extend({ device: deviceShape }),
        querystring: z.object({ whyNot: z.string().min(1).max(512).optional().describe('`VARIANT [SETTING=VALUE ...]`, or `nothing`') }),
        response: { 200: z.looseObject({}).describe('as `explain --json` answers') },
      },
    },
    async ({ principal: { tenant }, params: { rollout, device }, query: { whyNot } }) => {
      const row = await findRollout(parts, tenant, rollout)
      // A way back is explained by what it takes back.
      const planned = row.back_of ?? row.id
      const origin = await originOf(parts, tenant, planned)
      if (origin === undefined) throw refusal(409, 'rollout/no-origin', 'the rollout was not planned from an assignment that is kept here')
      const { subject, devices } = await subjectThen(parts, tenant, planned, origin)
      const answer = await parts.thinker.ask(
        whyNot === undefined ? { is: 'explain', subject, device } : { is: 'why-not', subject, device, wanted: whyNot },
        { bytes: devices },
      )
      switch (answer.is) {
        case 'answer':
          return answer.value as Record<string, unknown>
        case 'wrong':
          throw badInput(answer.diagnostics)
        case 'none':
        case 'unknown':
          throw refusal(409, 'service/no-assignment', 'there is no assignment to explain')
      }
    },
  )

  app.get(
    '/v1/rollouts/:rollout/events',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['rollouts'],
        summary: 'What happens to a rollout, as server-sent events, from the line behind `Last-Event-ID` on',
        description: '```console\n$ curl -N $URL/v1/rollouts/$ROLLOUT/events\n```',
        params: named,
        response: {
          200: { description: 'events `journal`, `state` and `ended`', content: { 'text/event-stream': { schema: z.string() } } },
        },
      },
    },
    async (request, reply) => {
      const { tenant } = request.principal
      const row = await findRollout(parts, tenant, request.params.rollout)
      await sendEvents(request, reply, (after, signal) => rolloutEvents(parts, tenant, row, after, signal))
    },
  )

  async function factsOf(tenant: string, id: string): Promise<KnownRollout & { readonly release: string }> {
    const row = await findRollout(parts, tenant, id)
    return { ...(await known.of(tenant, row)), release: row.release }
  }
}

const LINES_AT_ONCE = 1000

async function* changeLines(plan: Plan, facts: RolloutFacts, release: string): AsyncGenerator<string> {
  for (let from = 0; from < plan.changes.count; from += LINES_AT_ONCE) {
    let text = ''
    for (let entry = from; entry < Math.min(plan.changes.count, from + LINES_AT_ONCE); entry++)
      text += `${JSON.stringify(changeFacts(plan, facts, release, entry))}\n`
    yield text
    await new Promise((resolve) => setImmediate(resolve))
  }
}
