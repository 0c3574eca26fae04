/** OpenAPI: a member that holds whatever JSON it was given. */
import type { ApiPropertyOptions } from '@nestjs/swagger';

export const ANY_JSON = {
  oneOf: [
    { type: 'object', additionalProperties: true, nullable: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
} satisfies ApiPropertyOptions;
