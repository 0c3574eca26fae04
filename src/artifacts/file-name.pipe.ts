/** A file name out of a path: 400 naming the rule that it breaks. */
import { Injectable, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { fileNameFault } from '../core/files/file-names';

@Injectable()
export class FileNamePipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const fault = fileNameFault(value);
    if (fault !== null) throw fault;
    return value;
  }
}

/** OpenAPI: the `:name` of a path is a file's. */
export function ApiFileName(): MethodDecorator {
  return ApiParam({
    name: 'name',
    description:
      'The name of the file: at most 255 bytes, no leading dot, none of `/ \\ : * ? " < > |`, no control or invisible characters.',
    example: 'final_model.zip',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });
}
