/** A file name out of a path: 400 naming the rule that it breaks. */
import { Injectable, type PipeTransform } from '@nestjs/common';
import { fileNameFault } from '../core/files/file-names';

@Injectable()
export class FileNamePipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const fault = fileNameFault(value);
    if (fault !== null) throw fault;
    return value;
  }
}
