/** Cuts a stream of bytes into lines without making texts of them; memory is bounded by the longest line. */

/** Called per line with the bytes buffer[start .. end), without the line feed; `ended` is false for a last line that has none. */
export type OnLine = (buffer: Buffer, start: number, end: number, line: number, ended: boolean) => void

/** Lines longer than this are not read. */
export const LONGEST_LINE = 16 * 1024 * 1024

/** The number of lines, or the number of the line that is too long. */
export async function eachLine(
  chunks: AsyncIterable<Uint8Array>,
  onLine: OnLine,
): Promise<{ readonly ok: true; readonly lines: number } | { readonly ok: false; readonly tooLong: number }> {
  let rest: Buffer[] = []
  let restLength = 0
  let line = 0
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = buffer.indexOf(10); end !== -1; end = buffer.indexOf(10, start)) {
      line += 1
      if (restLength > 0) {
        const whole = Buffer.concat([...rest, buffer.subarray(0, end)])
        rest = []
        restLength = 0
        onLine(whole, line === 1 ? afterMark(whole) : 0, whole.length, line, true)
      } else onLine(buffer, line === 1 ? afterMark(buffer) : start, end, line, true)
      start = end + 1
    }
    if (start === buffer.length) continue
    // The stream may use the chunk's memory again.
    rest.push(Buffer.from(buffer.subarray(start)))
    restLength += buffer.length - start
    if (restLength > LONGEST_LINE) return { ok: false, tooLong: line + 1 }
  }
  if (restLength > 0) {
    const whole = Buffer.concat(rest)
    line += 1
    onLine(whole, line === 1 ? afterMark(whole) : 0, whole.length, line, false)
  }
  return { ok: true, lines: line }
}

/** Behind the byte order mark that some editors put first. */
function afterMark(buffer: Buffer): number {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
}
