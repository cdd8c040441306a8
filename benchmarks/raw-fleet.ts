/**
 * A fleet without any thought, in a process of its own: over 8 raw connections it subscribes to what each of so many devices is told and answers each message with two
 * messages of the size of a report. `node --import tsx benchmarks/raw-fleet.ts PORT DEVICES PREFIX`; prints `ready`, and ends with its input.
 */
import { rolloutMessages } from './broker-limit.ts'
import { rawLine } from './raw-mqtt.ts'

const [port, devices, prefix] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4] ?? 'limit']
const LINES = 8
const reports = new Map<string, string>()
for (const { topic, payload } of rolloutMessages(devices, 1, prefix)) if (topic.endsWith('/reported')) reports.set(topic, payload)

const topics = [...reports.keys()]
const lines = await Promise.all(Array.from({ length: LINES }, (_, at) => rawLine(port, `${prefix}-line-${at}`)))
await Promise.all(
  lines.map((line, at) => {
    const own = topics.filter((_, device) => device % LINES === at).map((topic) => topic.replace(/reported$/, 'desired'))
    return line.answer(own, (topic) => {
      const reported = topic.replace(/desired$/, 'reported')
      const report = { topic: reported, payload: reports.get(reported) ?? '', retain: true }
      return [report, report]
    })
  }),
)
process.stdout.write('ready\n')
process.stdin.resume().once('end', () => process.exit(0))
