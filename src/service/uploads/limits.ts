/** How much one request may unpack to. */

export interface UploadLimits {
  readonly mostFiles: number
  /** Bytes of one file. */
  readonly largestFile: number
  /** Bytes of all files together, unpacked. */
  readonly largestTotal: number
  /** Unpacked bytes for each packed one; what packs better is built to fill a disk. */
  readonly mostRatio: number
  /** Names in an archive, those included that are not read. */
  readonly mostEntries: number
}

export const uploadLimits: UploadLimits = {
  mostFiles: 20_000,
  largestFile: 16 * 2 ** 20,
  largestTotal: 256 * 2 ** 20,
  mostRatio: 200,
  mostEntries: 100_000,
}

/** Below this many bytes the ratio is not looked at: short files of blanks pack well. */
export const ratioFrom = 2 ** 20
