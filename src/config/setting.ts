/** The `@Setting` decorator: a field of the configuration is declared once, with its name, default and doc line. */
import { Transform } from 'class-transformer';
import type { Kind } from './setting-kinds';

export interface SettingOptions {
  /** The environment variable, which is also the key in CONFIG_FILE. */
  env: string;
  kind: Kind;
  /**
   * The text that counts when the variable is unset. `null`: the value is null then.
   * Left out: the variable is mandatory. A function derives the text from other settings' texts.
   */
  default?: string | null | ((texts: ReadonlyMap<string, string>) => string);
  /** The default as documentation shows it, where it is derived. */
  defaultText?: string;
  /** For most variables an empty text counts as unset; where it says something of its own, it is kept. */
  emptyMeansNull?: boolean;
  group: string;
  /** One or two sentences in Markdown. */
  doc: string;
}

export interface SettingDeclaration extends SettingOptions {
  field: string;
}

const declarations = new Map<object, SettingDeclaration[]>();

/** Declares a field as a setting: parsed by its kind, checked by its kind's rules. */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (prototype, property) => {
    const declared = declarations.get(prototype) ?? [];
    declarations.set(prototype, [...declared, { ...options, field: String(property) }]);
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? options.kind.parse(value) : value,
    )(prototype, property);
    for (const rule of options.kind.rules) rule(prototype, property);
  };
}

/** All settings of a class, those that it inherits first, in the order of their fields. */
export function settingsOf(type: { prototype: object }): readonly SettingDeclaration[] {
  return declaredFrom(type.prototype);
}

function declaredFrom(prototype: object): readonly SettingDeclaration[] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  return [...(parent ? declaredFrom(parent) : []), ...(declarations.get(prototype) ?? [])];
}
