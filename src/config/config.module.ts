/** Hands the configuration, read and checked before the application starts, to whoever injects `AppConfig`. */
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { AppConfig } from './app-config';

@Global()
@Module({})
export class AppConfigModule {
  static register(config: AppConfig): DynamicModule {
    const namespace = registerAs('orchestrator', () => config);
    return {
      module: AppConfigModule,
      // No .env file: what is in force is the environment and CONFIG_FILE, which `loadConfig` has read.
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [namespace] })],
      providers: [{ provide: AppConfig, inject: [namespace.KEY], useFactory: (loaded: AppConfig) => loaded }],
      exports: [AppConfig],
    };
  }
}
