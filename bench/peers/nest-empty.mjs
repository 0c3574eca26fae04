/** An application of Nest with nothing in it: it answers every request with 404. What a start of Nest takes by itself.
 * It listens where HOST and PORT say. */
import { createRequire } from 'node:module';
import { serve } from '../lib/steering.mjs';

// As CommonJS, which is what Nest compiles an application to: imported as modules, the same files take longer.
const require = createRequire(import.meta.url);
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

class EmptyModule {}
Module({})(EmptyModule);

const app = await NestFactory.create(EmptyModule, { logger: false });
await app.listen(process.env.PORT, process.env.HOST);
serve({});
