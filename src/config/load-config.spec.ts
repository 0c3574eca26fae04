/** What configuration is taken, what is refused, and how it is said. */
import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Test } from '@nestjs/testing';
import { AppConfig } from './app-config';
import { AppConfigModule } from './config.module';
import { ConfigError, loadConfig } from './load-config';
import { settingsOf } from './setting';

const REDIS_URL = 'redis://127.0.0.1:6379';
const load = (env: Record<string, string>): AppConfig => loadConfig({ REDIS_URL, ...env });

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no mistake';
}

describe('the defaults', () => {
  it('are the documented ones', () => {
    expect(Object.fromEntries(Object.entries(loadConfig({ REDIS_URL })))).toEqual({
      redisUrl: REDIS_URL,
      tokens: [],
      artifactStore: 'local',
      artifactRedirect: false,
      artifactRedirectTtlSec: 300,
      s3Endpoint: null,
      s3Region: null,
      s3ForcePathStyle: false,
      resultsDir: resolve('results_host'),
      host: '0.0.0.0',
      port: 8000,
      baseUrl: 'http://127.0.0.1:8000',
      baseUrlIsSet: false,
      taskTopic: 'tasks',
      shutdownGraceSec: 20,
      logLevel: 'info',
      logFile: resolve('orchestrator.log'),
      logMaxBytes: 5_242_880,
      logBackupCount: 5,
      heartbeatTtlSec: 120,
      sweepIntervalSec: 5,
      ackTimeoutSec: 15,
      provingTimeoutSec: 2,
      provingRestMaxSec: 15,
      priorityAgingSec: 60,
      idleGraceSec: 60,
      unregisterGraceSec: 2,
      recoveryGraceSec: 45,
      leaderLeaseSec: 3,
      unknownOutcome: 'rerun',
      taskTimeoutsSec: new Map(),
      maxOpenTasks: 1_000_000,
      maxOpenUploads: 1_000,
      openUploadsMaxBytes: 274_877_906_944,
      rateLimitPerSec: 0,
      spoolMaxBytes: 53_687_091_200,
      requireDurableRedis: false,
      redisSentinelPassword: null,
      sharedQuietSec: 30,
      shutdownDrainSec: 3,
      resultsTtlDays: 0,
      artifactQuotaBytes: 0,
      recordsTtlDays: 0,
      retentionIntervalSec: 60,
      otlpEndpoint: null,
      otlpTracesEndpoint: null,
      otlpHeaders: new Map(),
      otlpProtocol: 'http/protobuf',
      otlpTimeoutMs: 10_000,
      otelServiceName: null,
      otelResourceAttributes: new Map(),
      otelTracesSampler: 'parentbased_always_on',
      otelTracesSamplerArg: 1,
      otelBspScheduleDelayMs: 5_000,
      otelBspMaxQueueSize: 2_048,
      otelSdkDisabled: false,
      maxAutoShards: 8,
      resultWaitSec: 5,
      maxRetries: 3,
      retryBaseDelaySec: 5,
      retryMaxDelaySec: 300,
      documentMaxBytes: 262_144,
      maxDocumentTasks: 10_000,
      maxMessageBytes: 1_048_576,
      resultMaxBytes: 1_073_741_824,
      uploadExpiryHours: 24,
      uploadMaxHours: 168,
      uploadMaxBytes: 0,
      urlSigningSecret: null,
      urlTtlSec: 86_400,
      deliveryAllowedHosts: [],
    });
  });

  it('cannot be changed once they are read', () => {
    const config = load({ ORCHESTRATOR_TOKEN: 'one' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.tokens)).toBe(true);
  });

  it('pass the checks of their own settings', () => {
    for (const { env, default: fallback } of settingsOf(AppConfig)) {
      if (typeof fallback === 'string' && fallback !== '')
        expect(() => load({ [env]: fallback })).not.toThrow();
    }
  });
});

describe('a value that is right', () => {
  it.each<[name: string, text: string, field: keyof AppConfig, value: unknown]>([
    ['LOG_MAX_BYTES', '10_000_000', 'logMaxBytes', 10_000_000],
    ['PORT', ' 8_001 ', 'port', 8001],
    ['HEARTBEAT_TTL_SEC', '0.2', 'heartbeatTtlSec', 0.2],
    ['RETRY_BASE_DELAY_SEC', '0', 'retryBaseDelaySec', 0],
    ['SWEEP_INTERVAL_SEC', '30', 'sweepIntervalSec', 30],
    ['LOG_LEVEL', 'warning', 'logLevel', 'warn'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318/', 'otlpEndpoint', 'http://collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'HTTP/JSON', 'otlpProtocol', 'http/json'],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'authorization=Basic%20YTpi==, x = 1',
      'otlpHeaders',
      new Map([
        ['authorization', 'Basic YTpi=='],
        ['x', '1'],
      ]),
    ],
    ['OTEL_TRACES_SAMPLER_ARG', '0.1', 'otelTracesSamplerArg', 0.1],
    ['LOG_LEVEL', 'Debug', 'logLevel', 'debug'],
    ['LOG_FILE', '', 'logFile', null],
    ['LOG_FILE', '/var/log/o.log', 'logFile', '/var/log/o.log'],
    ['ORCHESTRATOR_TOKEN', '', 'tokens', []],
    ['ORCHESTRATOR_TOKEN', 'old, new ,', 'tokens', ['old', 'new']],
    ['ORCHESTRATOR_RESULTS_DIR', 'here/../there', 'resultsDir', resolve('there')],
    ['ORCHESTRATOR_BASE_URL', 'https://o.example/base//', 'baseUrl', 'https://o.example/base'],
    ['PORT', '9_000', 'baseUrl', 'http://127.0.0.1:9000'],
    ['PORT', '', 'port', 8000],
    [
      'TASK_TIMEOUTS',
      'inference=600, *=0.5',
      'taskTimeoutsSec',
      new Map([
        ['inference', 600],
        ['*', 0.5],
      ]),
    ],
    ['TASK_TIMEOUTS', '', 'taskTimeoutsSec', new Map()],
    ['REQUIRE_DURABLE_REDIS', 'True', 'requireDurableRedis', true],
    ['UNKNOWN_OUTCOME', 'fail', 'unknownOutcome', 'fail'],
    ['DELIVERY_ALLOWED_HOSTS', 'a.example:8443,[::1]', 'deliveryAllowedHosts', ['a.example:8443', '[::1]']],
    ['URL_SIGNING_SECRET', 'sixteen letters!', 'urlSigningSecret', 'sixteen letters!'],
    [
      'REDIS_URL',
      'rediss://user:pw@redis.example:6380/3',
      'redisUrl',
      'rediss://user:pw@redis.example:6380/3',
    ],
  ])('%s=%j sets %s', (name, text, field, value) => {
    expect(load({ [name]: text })[field]).toEqual(value);
  });

  it('says whether the base URL was given', () => {
    expect(load({ ORCHESTRATOR_BASE_URL: 'http://127.0.0.1:8000' }).baseUrlIsSet).toBe(true);
    expect(load({ ORCHESTRATOR_BASE_URL: ' ' }).baseUrlIsSet).toBe(false);
  });
});

describe('a value that is wrong', () => {
  it.each<[name: string, text: string, said: string]>([
    ['PORT', 'http', 'PORT is "http": expected a whole number from 0 to 65535'],
    ['PORT', '65_536', 'PORT is "65_536": expected a whole number from 0 to 65535'],
    ['PORT', '80.5', 'PORT is "80.5": expected'],
    ['PORT', '-1', 'PORT is "-1": expected'],
    ['PORT', '0x50', 'PORT is "0x50": expected'],
    ['PORT', '_80', 'PORT is "_80": expected'],
    ['LOG_MAX_BYTES', '5 MB', 'LOG_MAX_BYTES is "5 MB": expected a whole number of bytes of at least 1'],
    ['LOG_MAX_BYTES', '0', 'LOG_MAX_BYTES is "0": expected'],
    ['LOG_MAX_BYTES', '99999999999999999999', 'LOG_MAX_BYTES is "99999999999999999999": expected'],
    ['LOG_LEVEL', 'LOUD', 'LOG_LEVEL is "LOUD": expected one of DEBUG, INFO, WARNING, ERROR'],
    ['LOG_LEVEL', 'constructor', 'LOG_LEVEL is "constructor": expected one of'],
    ['LOG_BACKUP_COUNT', 'five', 'LOG_BACKUP_COUNT is "five": expected a whole number from 0 to 10000'],
    [
      'HEARTBEAT_TTL_SEC',
      'NaN',
      'HEARTBEAT_TTL_SEC is "NaN": expected a number of seconds from 0.1 to 86400',
    ],
    ['HEARTBEAT_TTL_SEC', 'Infinity', 'HEARTBEAT_TTL_SEC is "Infinity": expected'],
    [
      'SWEEP_INTERVAL_SEC',
      '7',
      'SWEEP_INTERVAL_SEC is "7": expected a whole number of seconds that divides a minute: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30',
    ],
    ['SWEEP_INTERVAL_SEC', '1.5', 'SWEEP_INTERVAL_SEC is "1.5": expected a whole number of seconds'],
    ['SWEEP_INTERVAL_SEC', '60', 'SWEEP_INTERVAL_SEC is "60": expected a whole number of seconds'],
    [
      'RETRY_MAX_DELAY_SEC',
      '4',
      'RETRY_MAX_DELAY_SEC is "4": expected a number of seconds from RETRY_BASE_DELAY_SEC',
    ],
    ['RETRY_BASE_DELAY_SEC', '301', 'RETRY_MAX_DELAY_SEC is its default, 300: expected'],
    [
      'ORCHESTRATOR_BASE_URL',
      'o.example:8000',
      'ORCHESTRATOR_BASE_URL is "o.example:8000": expected an http://',
    ],
    ['ORCHESTRATOR_BASE_URL', 'ftp://o.example', 'ORCHESTRATOR_BASE_URL is "ftp://o.example": expected'],
    ['TASK_TOPIC', 'tasks.events', 'TASK_TOPIC is "tasks.events": expected a channel name'],
    ['TASK_TOPIC', 'two words', 'TASK_TOPIC is "two words": expected'],
    ['HOST', 'http://0.0.0.0', 'HOST is "http://0.0.0.0": expected a host name or an address'],
    ['TASK_TIMEOUTS', 'inference', 'TASK_TIMEOUTS is "inference": expected comma-separated pairs'],
    ['TASK_TIMEOUTS', 'a=1,b=0', 'TASK_TIMEOUTS is "a=1,b=0": expected comma-separated pairs'],
    ['DELIVERY_ALLOWED_HOSTS', 'a, https://b', 'DELIVERY_ALLOWED_HOSTS is "a, https://b": expected'],
    ['REDIS_URL', 'localhost:6379', 'REDIS_URL is "localhost:6379": expected a URL like redis://host:6379/0'],
    ['REDIS_URL', 'http://h', 'REDIS_URL is "http://h": expected'],
    ['REDIS_URL', 'redis://h/five', 'REDIS_URL is "redis://h/five": expected'],
    ['REDIS_URL', 'redis://h/five', '/master/0; the database "five" is no number'],
    ['REDIS_URL', 'redis+sentinel://a:1,b:2', 'does not say which master the sentinels are asked for'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318": exp'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'is "grpc": expected one of http/protobuf, http/json'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'is "sometimes": expected one of always_on, always_off'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'is "1.5": expected a number from 0 to 1'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,b', 'is "a=1,b": expected comma-separated pairs'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', 'is "a=%zz": expected comma-separated pairs'],
    ['CONFIG_FILE', '/not/there.yaml', 'it cannot be read (ENOENT)'],
  ])('%s=%j is refused', (name, text, said) => {
    expect(messageOf({ REDIS_URL, [name]: text })).toContain(said);
  });

  it.each<[name: string, text: string]>([
    ['ORCHESTRATOR_TOKEN', 'hunter2 hunter2'],
    ['ORCHESTRATOR_TOKEN', 'hunter2\u00e9'],
    ['URL_SIGNING_SECRET', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['REDIS_URL', 'http://user:hunter2@host'],
    ['REDIS_URL', 'redis://host/x?password=hunter2'],
    ['REDIS_URL', 'redis+sentinel://user:hunter2@a:1,b:x/m'],
    ['ORCHESTRATOR_BASE_URL', 'https://user:hunter2@o.example'],
  ])('%s never shows the secret in it', (name, text) => {
    const message = messageOf({ REDIS_URL, [name]: text });
    expect(message).toContain(name);
    expect(message).not.toContain('hunter2');
  });

  it('of nothing but commas is no open API', () => {
    expect(messageOf({ REDIS_URL, ORCHESTRATOR_TOKEN: ' , ' })).toContain(
      'ORCHESTRATOR_TOKEN is a hidden value',
    );
  });

  it('is reported together with all others, in one text', () => {
    expect(messageOf({ PORT: 'x', LOG_LEVEL: 'y', MAX_RETRIES: 'z' })).toBe(
      [
        'The configuration has 4 mistakes:',
        '  - REDIS_URL is not set: expected a URL like redis://host:6379/0, rediss://user:password@host:6379 or redis+sentinel://host:26379,host:26379/master/0',
        '  - PORT is "x": expected a whole number from 0 to 65535',
        '  - LOG_LEVEL is "y": expected one of DEBUG, INFO, WARNING, ERROR',
        '  - MAX_RETRIES is "z": expected a whole number from 0 to 1000',
      ].join('\n'),
    );
  });

  it('and alone is one clear line', () => {
    expect(messageOf({ REDIS_URL: '' })).toBe(
      'The configuration has a mistake: REDIS_URL is not set: expected a URL like redis://host:6379/0, rediss://user:password@host:6379 or redis+sentinel://host:26379,host:26379/master/0',
    );
  });
});

describe('CONFIG_FILE', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
    path = join(folder, 'config.yaml');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const withFile = (text: string, env: Record<string, string> = {}): NodeJS.ProcessEnv => {
    writeFileSync(path, text);
    return { CONFIG_FILE: path, ...env };
  };

  it('sets variables by their names, the environment wins', () => {
    const text = [
      'REDIS_URL: redis://from-file:6379',
      'PORT: 8_100',
      'HEARTBEAT_TTL_SEC: 0.50',
      'ORCHESTRATOR_TOKEN: [first, second]',
      'LOG_FILE: ""',
    ].join('\n');
    const config = loadConfig(withFile(text, { PORT: '8200', HEARTBEAT_TTL_SEC: '' }));
    expect(config).toMatchObject({
      redisUrl: 'redis://from-file:6379',
      port: 8200,
      heartbeatTtlSec: 0.5,
      tokens: ['first', 'second'],
      logFile: null,
    });
  });

  it('may be empty', () => {
    expect(loadConfig(withFile('# nothing yet\n', { REDIS_URL })).port).toBe(8000);
  });

  it.each<[why: string, text: string, said: string]>([
    [
      'a name that is no variable',
      'PROT: 1',
      'CONFIG_FILE sets "PROT": expected no other names than REDIS_URL, ',
    ],
    ['a value that does not parse', 'PORT: many', 'PORT is "many" in CONFIG_FILE: expected a whole number'],
    ['a value that is a map', 'PORT: {a: 1}', 'PORT in CONFIG_FILE is no single value'],
    ['a list of lists', 'PORT: [[1]]', 'PORT in CONFIG_FILE is no single value'],
    ['a name given twice', 'PORT: 1\nPORT: 2', 'line 2, column 1: duplicate key'],
    ['broken YAML', 'PORT: [1', 'line 1, column 9: bad indent'],
    ['a list', '- PORT', 'it is not a map'],
    ['a text', 'PORT', 'it is not a map'],
    ['two documents', 'PORT: 1\n---\nPORT: 2', 'multiple docs'],
  ])('is refused for %s', (_why, text, said) => {
    expect(messageOf(withFile(text, { REDIS_URL }))).toContain(said);
  });

  it('adds its mistakes to those of the environment', () => {
    const message = messageOf(withFile('PROT: 1\nPORT: x', { REDIS_URL, LOG_LEVEL: 'loud' }));
    expect(message).toMatch(/3 mistakes:[^]*PROT[^]*PORT is "x" in CONFIG_FILE[^]*LOG_LEVEL is "loud":/);
  });
});

it('the module hands the configuration to whoever injects AppConfig', async () => {
  const config = load({});
  const module = await Test.createTestingModule({ imports: [AppConfigModule.register(config)] }).compile();
  expect(module.get(AppConfig)).toBe(config);
  await module.close();
});
