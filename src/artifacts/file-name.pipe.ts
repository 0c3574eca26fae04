/** The name of a file, or its path in one segment, out of a URL: 400 naming the rule that it breaks. */
import type { PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { ProblemError } from '../core/errors';
import { fileNameFault, filePathFault } from '../core/files/file-names';

const sound = (faultOf: (name: string) => ProblemError | null): PipeTransform<string, string> => ({
  transform(name) {
    const fault = faultOf(name);
    if (fault !== null) throw fault;
    return name;
  },
});

export const soundFileName = sound(fileNameFault);
/** Of a file that is asked for: also in a directory. */
export const soundFilePath = sound(filePathFault);

const RULES =
  'at most 255 bytes, no leading dot, none of `/ \\ : * ? " < > |`, no control or invisible characters.';

/** OpenAPI: the `:name` of a path is a file's. */
export function ApiFileName(): MethodDecorator {
  return ApiParam({
    name: 'name',
    description: `The name of the file: ${RULES}`,
    schema: { type: 'string', minLength: 1, maxLength: 255, example: 'final_model.zip' },
  });
}

/** The same where it may lie in a directory. */
export function ApiFilePath(): MethodDecorator {
  return ApiParam({
    name: 'name',
    description: `The name of the file: ${RULES} Of a file in a directory its path, up to 16 such names, as one segment: each slash is sent as \`%2F\`.`,
    schema: { type: 'string', minLength: 1, maxLength: 1024, example: 'checkpoint-500/model.safetensors' },
  });
}
