/** How a client names one attempt of a POST. */
export const keyHeader = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'names this attempt: sent again with the same body, it answers the same and does nothing twice',
    },
  },
} as const
