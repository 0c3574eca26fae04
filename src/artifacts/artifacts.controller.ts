/** Files of a task over HTTP: upload, list, download. */
import { applyDecorators, Controller, Get, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import {
  ApiBodyDigest,
  ApiConditional,
  ApiTraced,
  DIGESTS_OF_BYTES,
  ETAG_OF_BYTES,
} from '../http/api-headers';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { ApiTaskId, TaskIdPipe } from '../http/task-id.pipe';
import { TaskRetention } from '../tasks/task-retention';
import { RequestTraces } from '../tasks/request-traces';
import { TaskStore } from '../tasks/task.store';
import { ArtifactStore } from './artifact.store';
import { ApiAttempt } from './attempt-header';
import { FILE, FORM, KEPT, UPLOADED } from './artifacts.examples';
import { FileDto, UploadedFileDto } from './artifacts.dto';
import { TokenOrSignature } from './file-access.guard';
import { ApiFileName, ApiFilePath, soundFileName, soundFilePath } from './file-name.pipe';
import type { StoredFile } from './stored-file';
import { TakeUpload } from './take-upload';
import type { UploadOutcome } from './upload-committer';

const STATUS: Record<UploadOutcome['kind'], number> = { created: 201, same: 200, kept: 202 };

const UploadAnswers = (): MethodDecorator =>
  applyDecorators(
    ApiResponse({ status: 201, description: 'Stored.', type: UploadedFileDto, example: UPLOADED }),
    ApiResponse({
      status: 200,
      description: 'The same bytes were there already.',
      type: UploadedFileDto,
      example: UPLOADED,
    }),
    ApiResponse({
      status: 202,
      description: 'Kept on disk until the task store answers again, and judged then.',
      type: UploadedFileDto,
      example: KEPT,
    }),
  );

function answer(
  id: TaskId,
  { kind, filename, size, sha256 }: UploadOutcome,
  response: Response,
): UploadedFileDto {
  response.status(STATUS[kind]);
  const stored = { ok: true as const, path: `${id}/${filename}`, filename, size, sha256 };
  return kind === 'kept' ? { ...stored, spooled: true } : stored;
}

@ApiTags('artifacts')
@ApiTaskId()
@Controller('api/v1/results/:id/files')
export class ArtifactsController {
  constructor(
    private readonly tasks: TaskStore,
    private readonly files: ArtifactStore,
    private readonly uploads: TakeUpload,
    private readonly retention: TaskRetention,
    private readonly traces: RequestTraces,
  ) {}

  @Post()
  @ApiSecured()
  @ApiOperation({ operationId: 'uploadFile', summary: 'Upload one file of a task, streamed to disk' })
  @ApiConsumes('multipart/form-data')
  @ApiAttempt()
  @ApiTraced()
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        sha256: { type: 'string', description: 'Hex; a file with another digest is refused.' },
        file: { type: 'string', format: 'binary', description: 'The file, with its name.' },
      },
    },
    examples: { file: { summary: 'A file and its digest', value: FORM } },
  })
  @UploadAnswers()
  @ApiProblems(400, 404, 409, 410, 413, 503, 507)
  async upload(
    @Param('id', TaskIdPipe) id: TaskId,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadedFileDto> {
    this.traces.follow(request, response);
    return answer(id, await this.uploads.post(id, request, response), response);
  }

  @Put(':name')
  @ApiSecured()
  @ApiOperation({
    operationId: 'putFile',
    summary: 'Upload one file of a task as the whole body, streamed to disk',
    description:
      'For `curl -T` and everything else that has a file and a name. It can be sent again after a lost answer.',
  })
  @ApiConsumes('application/octet-stream')
  @ApiAttempt()
  @ApiTraced()
  @ApiBodyDigest()
  @ApiFileName()
  @ApiBody({
    schema: { type: 'string', format: 'binary' },
    examples: { bytes: { summary: 'Any bytes', value: 'the bytes of the file' } },
  })
  @UploadAnswers()
  @ApiProblems(400, 404, 409, 410, 413, 415, 503, 507)
  async put(
    @Param('id', TaskIdPipe) id: TaskId,
    @Param('name', soundFileName) name: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadedFileDto> {
    this.traces.follow(request, response);
    return answer(id, await this.uploads.put(id, name, request), response);
  }

  @Get()
  @ApiSecured()
  @ApiOperation({
    operationId: 'listFiles',
    summary: 'List the files of a task, also those that its worker left on shared storage',
  })
  @ApiResponse({ status: 200, description: 'Its files.', type: [FileDto], example: [FILE] })
  @ApiProblems(400, 404, 410, 503)
  async list(@Param('id', TaskIdPipe) id: TaskId): Promise<FileDto[]> {
    await this.retention.requireKept(id);
    const document = await this.tasks.readDocument(id);
    const files = await this.files.list(id, document);
    if (files.length === 0 && (await this.tasks.read(id)) === null) {
      throw new ProblemError('not-found', `There is no task ${id}.`);
    }
    return files.map(({ name, size, sha256, time }) => ({
      name,
      url: `files/${encodeURIComponent(name)}`,
      size,
      sha256,
      time,
    }));
  }

  @Get(':name')
  @TokenOrSignature()
  @ApiFilePath()
  @ApiOperation({
    operationId: 'downloadFile',
    summary: 'Download a file',
    description: '`Range` and the conditions of RFC 9110 are honoured; the ETag is the SHA-256.',
  })
  @ApiProduces('application/octet-stream')
  @ApiResponse({
    status: 200,
    description: 'The file, as an attachment; its ETag is its SHA-256.',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    headers: { ...ETAG_OF_BYTES, ...DIGESTS_OF_BYTES },
  })
  @ApiConditional('file')
  @ApiResponse({
    status: 307,
    description:
      'With object storage and ARTIFACT_REDIRECT: the file is at the URL in Location, for a while.',
    headers: { Location: { description: 'Of the file in object storage.', schema: { type: 'string' } } },
  })
  @ApiProblems(400, 404, 410, 412, 416, 503)
  async download(
    @Param('id', TaskIdPipe) id: TaskId,
    @Param('name', soundFilePath) name: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.retention.requireKept(id);
    const file = await this.find(id, name);
    try {
      await this.files.send(request, response, file);
    } catch (error) {
      if (!(error instanceof ProblemError && error.slug === 'not-found')) throw error;
      // The end of the task has moved it in between.
      await this.files.send(request, response, await this.find(id, name));
    }
  }

  private async find(id: TaskId, name: string): Promise<StoredFile> {
    // Without the document first: what was uploaded can be had while the task store does not answer.
    const file =
      (await this.files.find(id, name, null)) ??
      (await this.files.find(id, name, await this.tasks.readDocument(id)));
    if (file === null) throw new ProblemError('not-found', `Task ${id} has no file named ${name}.`);
    return file;
  }
}
