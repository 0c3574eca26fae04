/** A download is let in by the bearer token or by the signature in its URL. */
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiQuery, ApiSecurity } from '@nestjs/swagger';
import type { Request } from 'express';
import { Open } from '../auth/open.decorator';
import { unauthorized, verdictOf } from '../auth/verdict';
import { ApiProblems } from '../http/api-problems';
import { BUNDLE, FileUrls } from './file-urls';

/** The security scheme of OpenAPI that stands for the signature. */
export const SIGNED_URL = 'signedUrl';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

@Injectable()
export class FileAccessGuard implements CanActivate {
  constructor(private readonly urls: FileUrls) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (verdictOf(request) === 'granted') return true;
    const { id, name } = request.params;
    const { expires, sig } = request.query;
    if (this.urls.verify(text(id), name === undefined ? BUNDLE : text(name), text(expires), text(sig)))
      return true;
    throw unauthorized();
  }
}

/** For a route with `:id` and `:name`, or that of the bundle of `:id`: open to the global guard, closed by `FileAccessGuard`. */
export function TokenOrSignature(): MethodDecorator {
  return applyDecorators(
    Open(),
    UseGuards(FileAccessGuard),
    ApiBearerAuth('bearer'),
    ApiSecurity(SIGNED_URL),
    ApiQuery({
      name: 'expires',
      required: false,
      description: 'Seconds since 1970, of a signed URL; not looked at when there is a token.',
      schema: { type: 'string', example: '1795000000' },
    }),
    ApiProblems(401),
  );
}
