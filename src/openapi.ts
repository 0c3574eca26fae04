/** The OpenAPI document, made from the controllers and DTOs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { SIGNED_URL } from './artifacts/file-access.guard';
import { REQUEST_ID } from './http/api-headers';
import { EVERYWHERE, problemResponse } from './http/api-problems';

/** The same from `src` and from `dist`: package.json lies beside both. */
function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** Needs no running app: routes are read from decorators. Field comments are in it when built by `nest build`. */
export function buildOpenApi(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Orchestrator')
    .setDescription(
      'Submit machine-learning tasks as YAML, follow them, and fetch their results and files. Every error is `application/problem+json` (RFC 9457), with a stable `type`.',
    )
    .setVersion(readVersion())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'Where this document was fetched')
    .addServer('http://127.0.0.1:8000', 'As `npm start` serves it')
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'One of ORCHESTRATOR_TOKEN; not needed while that is empty.',
    })
    .addSecurity(SIGNED_URL, {
      type: 'apiKey',
      in: 'query',
      name: 'sig',
      description: 'The signature in a URL that a task was given, together with its `expires`.',
    })
    .addGlobalResponse(...EVERYWHERE.map(problemResponse))
    .addTag('tasks', 'Submit documents, follow and cancel tasks')
    .addTag('results', 'What tasks made, as JSON')
    .addTag('artifacts', 'What tasks made, as files')
    .addTag('workers', 'The fleet')
    .addTag('admin', 'Tidying up')
    .addTag('operations', 'Probes and metrics')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  for (const [path, item] of Object.entries(document.paths)) {
    if (item.get && hasHead(path)) item.head = headOf(item.get);
    for (const answer of operationsOf(item).flatMap(({ responses }) => Object.values(responses))) {
      if (answer && 'description' in answer) answer.headers = { ...answer.headers, ...REQUEST_ID };
    }
  }
  return document;
}

/** Where it is worth a word that HEAD is answered like GET: length, digest and whether it is there, of what may be large. */
const hasHead = (path: string): boolean => /\/results\/\{id\}(\/files\/\{name\}|\/bundle)?$/.test(path);

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

/** Express answers HEAD by the route of GET, without a body. */
function headOf(get: Operation): Operation {
  const head = structuredClone(get);
  for (const [status, answer] of Object.entries(head.responses))
    if (status.startsWith('2') && answer && 'content' in answer) delete answer.content;
  return {
    ...head,
    operationId: `${get.operationId ?? ''}Head`,
    summary: `The headers of: ${get.summary ?? ''}`,
  };
}

const operationsOf = ({ get, head, put, post, patch, delete: del, options }: PathItem): Operation[] =>
  [get, head, put, post, patch, del, options].filter((operation) => operation !== undefined);

/** `/docs` and `/docs-json`; the document is made when it is first asked for. */
export function mountOpenApi(app: NestExpressApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), { raw: ['json'] });
}
