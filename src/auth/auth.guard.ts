/** Asserts the middleware's verdict on every route: a route is closed unless it says `@Open()`. */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { OPEN_ROUTE } from './open.decorator';
import { unauthorized, verdictOf } from './verdict';

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const open = this.reflector.getAllAndOverride<boolean | undefined>(OPEN_ROUTE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (open === true || verdictOf(context.switchToHttp().getRequest<Request>()) === 'granted') return true;
    throw unauthorized();
  }
}
