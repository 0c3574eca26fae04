/** Authentication for the whole app: the guard is global, the tokens are known to `configureHttp`. */
import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard';
import { TokenBook } from './token-book';

@Global()
@Module({
  providers: [TokenBook, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [TokenBook],
})
export class AuthModule {}
