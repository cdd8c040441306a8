// The artefacts that devices download from us: files in a folder, each named by its sha256.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface StoredArtefact {
  readonly path: string
  readonly bytes: number
  /** Of the content as it is; DDI clients check the old ones. */
  readonly hashes: { readonly sha1: string; readonly md5: string; readonly sha256: string }
}

/** Reads an artefact; nothing where there is none, or where its content has another digest than its name. Digests are made once. */
export type Artefacts = (sha256: string) => Promise<StoredArtefact | undefined>

export function folderArtefacts(folder: string): Artefacts {
  const known = new Map<string, Promise<StoredArtefact | undefined>>()
  return (sha256) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return Promise.resolve(undefined)
    const found =
      known.get(sha256) ??
      readArtefact(join(folder, sha256)).then(
        (artefact) => {
          if (artefact.hashes.sha256 === sha256) return artefact
          known.delete(sha256)
          return undefined
        },
        () => {
          known.delete(sha256)
          return undefined
        },
      )
    known.set(sha256, found)
    return found
  }
}

async function readArtefact(path: string): Promise<StoredArtefact> {
  const hashes = { sha1: createHash('sha1'), md5: createHash('md5'), sha256: createHash('sha256') }
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) for (const hash of Object.values(hashes)) hash.update(part)
  const { size } = await stat(path)
  return {
    path,
    bytes: size,
    hashes: { sha1: hashes.sha1.digest('hex'), md5: hashes.md5.digest('hex'), sha256: hashes.sha256.digest('hex') },
  }
}
