/** What a device may end as. */

export type SettingValue = boolean | number | string

/**
 * One possible outcome of a device: nothing, left to what it runs outside the model, or a variant in one mode (its settings).
 * Choices are listed once for the whole model: index 0 is always `none`, index 1 always `unmanaged`.
 */
export interface Choice {
  /** `none`, `unmanaged`, `eco`, `comfort-edge{accelerator=true,inference=edge}` (settings by name). */
  readonly id: string
  readonly outcome: 'none' | 'unmanaged' | 'variant'
  /** The variant's id; absent unless `outcome` is `variant`. */
  readonly variant?: string
  readonly settings: Readonly<Record<string, SettingValue>>
}

export const NONE = 0
export const UNMANAGED = 1
