/** docs/asyncapi.yaml as a test reads it: the channels, who says what on them, and a check for each message. */
import { schemas as specifications } from '@asyncapi/specs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

const FILE = join(resolve(__dirname, '../..'), 'docs/asyncapi.yaml');

interface Ref {
  $ref: string;
}
interface Payload {
  properties: Record<string, unknown>;
}
interface AsyncApi {
  info: { version: string };
  channels: Record<string, { address: string; messages: Record<string, Ref> }>;
  operations: Record<string, { action: 'send' | 'receive'; channel: Ref; messages: Ref[] }>;
  components: { messages: Record<string, { payload: Payload }>; schemas: Record<string, object> };
}

/** Merge keys are a matter of YAML 1.1. */
export const asyncApi = parse(readFileSync(FILE, 'utf8'), { merge: true }) as AsyncApi;

export interface Message {
  name: string;
  /** The address of its channel. */
  channel: string;
  /** Who says it. */
  by: 'orchestrator' | 'worker';
  validate: ValidateFunction;
  /** The fields that the document names. */
  fields: ReadonlySet<string>;
}

/** What is wrong with the document itself, by the schema of AsyncAPI 3; empty when nothing is. */
export function faultsOfDocument(): string {
  // It brings the schema of schemas along.
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats(ajv);
  const validate = ajv.compile(specifications['3.0.0'] as object);
  return validate(asyncApi) ? '' : ajv.errorsText(validate.errors);
}

/** Every `$ref` of the document that leads nowhere. */
export function danglingRefs(): string[] {
  const refs = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  return refs.filter((path) => at(path) === undefined);
}

function at(path: string): unknown {
  return path.split('/').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], asyncApi);
}

const lastOf = ({ $ref }: Ref): string => $ref.split('/').at(-1)!;

/** Each message of each operation, once. */
export function messages(): Message[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'asyncapi', components: { schemas: asyncApi.components.schemas } });
  const absolute = JSON.stringify(asyncApi.components.messages).replaceAll(
    '"#/components/',
    '"asyncapi#/components/',
  );
  const payloads = JSON.parse(absolute) as AsyncApi['components']['messages'];
  return Object.values(asyncApi.operations).flatMap((operation) => {
    const channel = asyncApi.channels[lastOf(operation.channel)]!;
    return operation.messages.map((ref): Message => {
      const name = lastOf(channel.messages[lastOf(ref)]!);
      const { payload } = payloads[name]!;
      return {
        name,
        channel: channel.address,
        by: operation.action === 'send' ? 'orchestrator' : 'worker',
        validate: ajv.compile(payload),
        fields: new Set(Object.keys(payload.properties)),
      };
    });
  });
}
