/** Reads the configuration once, from the environment and CONFIG_FILE, and reports every mistake at once. */
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { AppConfig } from './app-config';
import { readConfigFile } from './config-file';
import { settingsOf, type SettingDeclaration } from './setting';

/** The configuration cannot be used. The message is the whole report, one line per mistake after the first. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      mistakes.length === 1
        ? `The configuration has a mistake: ${mistakes.join('')}`
        : `The configuration has ${String(mistakes.length)} mistakes:\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/**
 * The configuration, frozen. A variable of the environment wins over the same name in CONFIG_FILE; one that is
 * empty counts as unset. Throws ConfigError naming every wrong variable, its value and what is expected.
 */
export function loadConfig(env: NodeJS.ProcessEnv): AppConfig {
  const settings = settingsOf(AppConfig);
  const file = readConfigFile(env.CONFIG_FILE, new Set(settings.map(({ env: name }) => name)));
  const given = new Map<string, string>();
  for (const setting of settings) {
    const text = givenText(setting, env[setting.env]) ?? givenText(setting, file.texts.get(setting.env));
    if (text !== undefined) given.set(setting.env, text);
  }
  const texts = withDefaults(settings, given);
  const plain = Object.fromEntries(settings.map((setting) => [setting.field, plainValue(setting, texts)]));
  const config = plainToInstance(AppConfig, { ...plain, baseUrlIsSet: given.has('ORCHESTRATOR_BASE_URL') });

  const wrong = new Set(validateSync(config).map(({ property }) => property));
  const mistakes = settings
    // A default that is derived from a wrong value is no mistake of its own.
    .filter((setting) => wrong.has(setting.field) && !isDerived(setting, given))
    .map((setting) => describe(setting, given, givenText(setting, env[setting.env]) !== undefined));
  const all = [...file.mistakes, ...mistakes];
  if (all.length > 0) throw new ConfigError(all);
  return deepFreeze(config);
}

/** The text that counts as given; undefined when the variable is unset. */
function givenText(setting: SettingDeclaration, raw: string | undefined): string | undefined {
  const text = raw?.trim();
  return text === '' && setting.emptyMeansNull !== true ? undefined : text;
}

function withDefaults(
  settings: readonly SettingDeclaration[],
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  const texts = new Map(given);
  for (const { env, default: fallback } of settings) {
    if (texts.has(env) || fallback === undefined || fallback === null) continue;
    texts.set(env, typeof fallback === 'string' ? fallback : fallback(texts));
  }
  return texts;
}

/** What class-transformer is given: the text, or null for "none". */
function plainValue(setting: SettingDeclaration, texts: ReadonlyMap<string, string>): string | null {
  const text = texts.get(setting.env);
  if (text === undefined) return null;
  return text === '' && setting.emptyMeansNull === true ? null : text;
}

function isDerived(setting: SettingDeclaration, given: ReadonlyMap<string, string>): boolean {
  return typeof setting.default === 'function' && !given.has(setting.env);
}

function describe(setting: SettingDeclaration, given: ReadonlyMap<string, string>, fromEnv: boolean): string {
  const { env, kind } = setting;
  const text = given.get(env);
  if (text === undefined && setting.default === undefined) {
    return `${env} is not set: expected ${kind.expected}`;
  }
  const shown =
    text === undefined ? `its default, ${String(setting.default)}` : (kind.show ?? JSON.stringify)(text);
  const origin = text === undefined || fromEnv ? '' : ' in CONFIG_FILE';
  const why = text === undefined ? null : (kind.explain?.(text) ?? null);
  return `${env} is ${shown}${origin}: expected ${kind.expected}${why === null ? '' : `; ${why}`}`;
}

function deepFreeze(config: AppConfig): AppConfig {
  for (const value of Object.values(config) as unknown[]) if (Array.isArray(value)) Object.freeze(value);
  return Object.freeze(config);
}
