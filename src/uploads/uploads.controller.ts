/** Resumable uploads of files of tasks, by the tus protocol: begin, ask, continue, terminate. */
import {
  applyDecorators,
  Controller,
  Delete,
  Get,
  Head,
  Options,
  Param,
  Patch,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ApiAttempt } from '../artifacts/attempt-header';
import { ProblemError } from '../core/errors';
import { ApiBodyDigest } from '../http/api-headers';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { TUS_VERSION, TusExchange } from './tus-exchange';
import { UploadFiles } from './upload-files';
import { isUploadId } from './upload-record';
import { UPLOAD, UploadDto } from './uploads.dto';

const integer = { type: 'integer' } as const;
const text = { type: 'string' } as const;

const Version = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Tus-Resumable',
      required: true,
      description: 'The version of the protocol.',
      schema: { type: 'string', enum: [TUS_VERSION], example: TUS_VERSION },
    }),
    ApiProblems(412),
  );
const Chunk = (): MethodDecorator =>
  applyDecorators(
    ApiConsumes('application/offset+octet-stream'),
    ApiBody({
      required: false,
      schema: { type: 'string', format: 'binary' },
      examples: { bytes: { summary: 'The next bytes', value: 'the next bytes of the file' } },
    }),
    ApiHeader({
      name: 'Upload-Checksum',
      required: false,
      description:
        '`sha1` or `sha256`, a space, and the digest of this body in Base64. A body with another is 460.',
      schema: { ...text, example: 'sha1 LpiN8XrEmfvJvnMjYFyB8SBRmjM=' },
    }),
    ApiBodyDigest('is 460'),
    ApiProblems(460),
  );
const Upload = (): MethodDecorator =>
  ApiParam({
    name: 'id',
    description: 'The id of the upload, the last segment of its `Location`.',
    schema: { type: 'string', format: 'uuid', example: UPLOAD.upload_id },
  });
const offset = { 'Upload-Offset': { description: 'Bytes that have come.', schema: integer } };
const digest = {
  'Repr-Digest': { description: 'Of the whole file, once it is stored.', schema: text },
};
const expires = {
  'Upload-Expires': {
    description: 'When it is given up if nothing more comes, or, where that is earlier, whatever comes.',
    schema: text,
  },
};

@ApiTags('artifacts')
@Controller('api/v1/uploads')
export class UploadsController {
  constructor(
    private readonly tus: TusExchange,
    private readonly files: UploadFiles,
  ) {}

  @Options()
  @ApiSecured()
  @ApiOperation({ operationId: 'discoverUploads', summary: 'What the tus server can do' })
  @ApiResponse({
    status: 204,
    description: 'In the headers.',
    headers: {
      'Tus-Version': { schema: text },
      'Tus-Extension': { schema: text },
      'Tus-Max-Size': { description: 'UPLOAD_MAX_BYTES, if there is a bound.', schema: integer },
      'Tus-Checksum-Algorithm': { schema: text },
    },
  })
  discover(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tus.handle(request, response);
  }

  @Post()
  @ApiSecured()
  @ApiOperation({
    operationId: 'createUpload',
    summary: 'Begin a resumable upload of a file of a task',
    description:
      'By the [tus protocol](https://tus.io/protocols/resumable-upload) 1.0.0; any tus client can be used. The first bytes may come along.',
  })
  @Version()
  @Chunk()
  @ApiHeader({
    name: 'Upload-Length',
    required: false,
    description: 'Bytes of the whole file.',
    schema: { ...integer, example: 18_310 },
  })
  @ApiHeader({
    name: 'Upload-Defer-Length',
    required: false,
    description: '`1`: the length is said later.',
    schema: { ...text, enum: ['1'], example: '1' },
  })
  @ApiHeader({
    name: 'Upload-Metadata',
    required: true,
    description:
      'Comma-separated pairs of a key and a value in Base64: `task_id`, `filename`; optional `sha256`, in hex, which the whole file must have, and `attempt_id`.',
    schema: {
      ...text,
      example: 'task_id YjdhMWMyZGUtNWYwZC00YjFlLTljNTUtMGU0YTBmNmQxYjEx,filename ZmluYWxfbW9kZWwuemlw',
    },
  })
  @ApiAttempt()
  @ApiResponse({
    status: 201,
    description: 'Begun; an empty file, and one that came along whole, is stored.',
    headers: {
      Location: { description: 'Of the upload, relative to the request.', schema: text },
      ...offset,
      ...expires,
      ...digest,
    },
  })
  @ApiProblems(400, 404, 409, 410, 413, 415, 429, 501, 503, 507)
  create(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tus.handle(request, response);
  }

  @Head(':id')
  @ApiSecured()
  @ApiOperation({ operationId: 'askUpload', summary: 'Ask how much of an upload has come' })
  @Upload()
  @Version()
  @ApiResponse({
    status: 200,
    description:
      'With the offset to continue from, which is safe on disk. The full length: the file is stored.',
    headers: {
      ...offset,
      'Upload-Length': { schema: integer },
      'Upload-Metadata': { schema: text },
      ...digest,
    },
  })
  @ApiProblems(400, 404, 409, 410, 423, 503, 507)
  async ask(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.handle(id, request, response);
  }

  @Patch(':id')
  @ApiSecured()
  @Upload()
  @ApiOperation({
    operationId: 'continueUpload',
    summary: 'Continue an upload',
    description:
      'With its last byte the file is judged and stored as every upload is: 400 for another SHA-256 than announced, 404 and 409 when its task does not take it; the upload is gone then. What has come before an answer of 423, 503 or 507 stays. Without `Upload-Offset` the answer is 403, and nothing is taken; headers that are not named here are ignored, and the bytes taken.',
  })
  @Version()
  @Chunk()
  @ApiHeader({
    name: 'Upload-Offset',
    required: true,
    description: 'Where the body begins.',
    schema: { ...integer, example: 0 },
  })
  @ApiHeader({
    name: 'Upload-Length',
    required: false,
    description: 'Where it was deferred.',
    schema: { ...integer, example: 18_310 },
  })
  @ApiResponse({ status: 204, description: 'Taken.', headers: { ...offset, ...expires, ...digest } })
  @ApiProblems(400, 403, 404, 409, 410, 413, 415, 423, 503, 507)
  async proceed(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.handle(id, request, response);
  }

  @Post(':id')
  @ApiSecured()
  @Upload()
  @ApiOperation({
    operationId: 'overrideUpload',
    summary: 'PATCH, HEAD or DELETE for clients that cannot send them',
    description: 'Does what its header `X-HTTP-Method-Override` says.',
  })
  @Version()
  @ApiHeader({
    name: 'X-HTTP-Method-Override',
    required: true,
    description: 'The method that is meant.',
    schema: { type: 'string', enum: ['PATCH', 'HEAD', 'DELETE'], example: 'HEAD' },
  })
  @ApiResponse({ status: 200, description: 'As HEAD answers.' })
  @ApiResponse({ status: 204, description: 'As PATCH and DELETE answer.' })
  @ApiProblems(400, 403, 404, 405, 409, 410, 413, 415, 423, 460, 503, 507)
  async overridden(
    @Param('id') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (request.headers['x-http-method-override'] === undefined) {
      throw new ProblemError('method-not-allowed', 'This path takes DELETE, GET, HEAD, OPTIONS, PATCH.', [], {
        Allow: 'DELETE, GET, HEAD, OPTIONS, PATCH',
      });
    }
    await this.handle(id, request, response);
  }

  @Delete(':id')
  @ApiSecured()
  @ApiOperation({
    operationId: 'terminateUpload',
    summary: 'Terminate an upload: what has come of it is removed',
  })
  @Upload()
  @Version()
  @ApiResponse({ status: 204, description: 'Removed.' })
  @ApiProblems(400, 404, 409, 423)
  async terminate(
    @Param('id') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.handle(id, request, response);
  }

  @Options(':id')
  @ApiSecured()
  @ApiOperation({ operationId: 'discoverUpload', summary: 'What the tus server can do, asked at an upload' })
  @ApiParam({
    name: 'id',
    description: 'Whatever it is: no upload is looked for.',
    schema: { ...text, example: UPLOAD.upload_id },
  })
  @ApiResponse({ status: 204, description: 'In the headers.' })
  @ApiProblems(400)
  discoverAt(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.tus.handle(request, response);
  }

  @Get(':id')
  @ApiSecured()
  @ApiOperation({
    operationId: 'getUpload',
    summary: 'What became of an upload; until an hour after its end',
  })
  @Upload()
  @ApiResponse({ status: 200, description: 'How it stands.', type: UploadDto, example: UPLOAD })
  @ApiProblems(400, 404)
  async read(@Param('id') id: string): Promise<UploadDto> {
    const found = isUploadId(id) ? await this.files.find(id) : null;
    if (found === null) throw notFound();
    const { record, bytes } = found;
    const { taskId, filename, sizeBytes, progress } = record;
    const common = { upload_id: id, task_id: taskId, filename, size: sizeBytes };
    if (progress.kind !== 'finished') {
      return { ...common, status: 'open', offset: bytes ?? 0, sha256: null, path: null };
    }
    const { outcome, sha256 } = progress;
    return { ...common, status: outcome, offset: sizeBytes ?? 0, sha256, path: `${taskId}/${filename}` };
  }

  private async handle(id: string, request: Request, response: Response): Promise<void> {
    // Before anything is locked under this name.
    if (!isUploadId(id) || (await this.files.find(id)) === null) {
      response.setHeader('Tus-Resumable', TUS_VERSION);
      throw notFound();
    }
    await this.tus.handle(request, response);
  }
}

const notFound = (): ProblemError => new ProblemError('not-found', 'There is no such upload.');
