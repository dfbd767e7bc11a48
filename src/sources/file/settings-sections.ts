import type { Schema } from '../../model/schema.ts';

/** What the parts of the schema of settings are made of. */
export const duration: Schema = { type: 'string', pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' };
export const section = (description: string, properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  description,
  default: {},
  properties,
});
