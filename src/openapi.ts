/** The OpenAPI document, made from the controllers and DTOs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

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
    .setDescription('Submit machine-learning tasks as YAML, follow them, and fetch their results and files.')
    .setVersion(readVersion())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'One of ORCHESTRATOR_TOKEN; not needed while that is empty.',
      },
      'bearer',
    )
    .addTag('tasks', 'Submit documents, follow and cancel tasks')
    .addTag('results', 'What tasks made, as JSON')
    .addTag('artifacts', 'What tasks made, as files')
    .addTag('workers', 'The fleet')
    .addTag('admin', 'Tidying up')
    .addTag('operations', 'Probes and metrics')
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** `/docs` and `/docs-json`; the document is made when it is first asked for. */
export function mountOpenApi(app: NestExpressApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), { raw: ['json'] });
}
