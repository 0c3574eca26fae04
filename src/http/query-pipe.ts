/** Checks query parameters against a DTO: wrong and unknown ones are 400, each named. */
import { ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { type Issue, ProblemError } from '../core/errors';

/** A ValidationPipe for `@Query() query: SomeDto`. */
export function queryPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    // For the list of known parameters; it does not leave the service.
    validationError: { target: true, value: false },
    exceptionFactory: (errors) =>
      new ProblemError(
        'bad-request',
        'The query has mistakes.',
        errors.flatMap((error) => toIssues(error)),
      ),
  });
}

/** class-validator's tree of errors as a flat list. */
export function toIssues(error: ValidationError, prefix = ''): Issue[] {
  const path = prefix === '' ? error.property : `${prefix}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([name, message]): Issue => {
    if (name !== 'whitelistValidation') return { path, code: snakeCase(name), message };
    const known = knownProperties(error.target);
    return { path, code: 'unknown', message: `there is no parameter ${path}; known are ${known.join(', ')}` };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => toIssues(child, path))];
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function knownProperties(target: object | undefined): string[] {
  if (target === undefined) return [];
  const metadata = getMetadataStorage().getTargetValidationMetadatas(target.constructor, '', true, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))].sort();
}
