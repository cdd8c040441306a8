/** A source that repairs are written into. */
export interface PatchableFile {
  readonly name: string
  readonly text: string
  readonly format: string
  /** What everything of a folder begins with. */
  readonly root?: boolean
}
