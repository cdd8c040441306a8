/** What jobs are given: everything by value or by the name of something stored, so that any process can do them at any time. */

/** A text with the name that diagnostics call it by. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** A model and its fleet: the fleet is stored, or stands in the model or in one of the texts. */
export interface AssignJob {
  readonly model: NamedText
  /** The id of a stored model that the text is, and its etag then; kept with the result. */
  readonly modelId?: string
  readonly modelEtag?: string
  /** The id of a stored fleet; its devices stand for what the model names as its devices. */
  readonly fleet?: string
  /** Other sources that the model names. */
  readonly sources?: readonly NamedText[]
  /** Changes that are tried, as `--what-if` takes them. */
  readonly whatIf?: readonly string[]
  /** Per component. */
  readonly milliseconds?: number
}

export interface CheckJob {
  readonly sources: readonly {
    readonly format: string
    readonly source: NamedText
    readonly folder?: { readonly name: string; readonly root: string; readonly files: readonly NamedText[] }
  }[]
  readonly aliases?: NamedText
  readonly places?: readonly NamedText[]
  readonly effects?: readonly NamedText[]
  readonly properties?: readonly (NamedText | 'default')[]
  /** Kinds by number or id; absent: all. */
  readonly kinds?: readonly string[]
  readonly relations?: boolean
  /** After so long what is not decided is `unknown`. */
  readonly milliseconds?: number
}
