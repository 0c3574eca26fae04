/** `/api/v1/tasks`: submit a document, list tasks, read one, cancel one. */
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { isObject } from '../core/json';
import type { TaskId } from '../core/ids';
import { ApiTraced } from '../http/api-headers';
import { ApiProblems, ApiSecured } from '../http/api-problems';
import { queryPipe } from '../http/query-pipe';
import { readText, requireContentType } from '../http/read-body';
import { requestIdOf } from '../http/request-id';
import { ApiTaskId, TaskIdPipe } from '../http/task-id.pipe';
import { Metrics } from '../metrics/metrics';
import { idempotencyKeyOf } from './idempotency-key';
import { parseJson } from './json-body';
import { RequestTraces } from './request-traces';
import { SubmissionRate } from './submission-rate';
import { SubmitTask } from './submit-task';
import { TaskLifecycle } from './task-lifecycle';
import { TaskRecords } from './task-records';
import { CANCELLED_TASK, requestBody, SUBMISSION, TASK } from './tasks.examples';
import { ListTasksDto, SubmissionDto, TaskRecordDto } from './task.dto';

const YAML_TYPES = ['text/yaml', 'application/yaml', 'application/x-yaml', 'text/x-yaml', 'text/plain'];
const JSON_TYPE = 'application/json';

@ApiTags('tasks')
@ApiSecured()
@Controller('api/v1/tasks')
export class TasksController {
  constructor(
    private readonly submission: SubmitTask,
    private readonly rate: SubmissionRate,
    private readonly records: TaskRecords,
    private readonly traces: RequestTraces,
    private readonly lifecycle: TaskLifecycle,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'submitTasks',
    summary: 'Submit a document',
    requestBody: requestBody(YAML_TYPES, JSON_TYPE),
    description:
      'One YAML document, or the same as JSON, or `{"yaml": "…"}`. Registers all of its tasks, or none and every mistake. With an `Idempotency-Key` it can be sent again after a lost answer: it is registered once.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    description:
      'Chosen by the client, 1 to 255 visible ASCII characters, a UUID for example. For a day, the same document with the same key is answered with the tasks of the first time and `Idempotency-Replayed: true`.',
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
      example: '1a0e3c7f-build-42',
    },
    required: false,
  })
  @ApiTraced()
  @ApiCreatedResponse({
    description: 'Registered; its tasks, in the order of the document.',
    type: SubmissionDto,
    example: SUBMISSION,
    headers: {
      'Idempotency-Replayed': {
        description: '`true`: these are the tasks of the first time that this key was sent.',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  @ApiProblems(400, 413, 415, 422, 429, 503)
  async submit(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SubmissionDto> {
    this.traces.follow(request, response);
    await this.rate.take();
    const type = requireContentType(request, [...YAML_TYPES, JSON_TYPE]);
    const body = await readText(request, this.config.documentMaxBytes);
    const text = type === JSON_TYPE ? documentOf(body) : body;
    const key = idempotencyKeyOf(request, text);
    const clientTrace = this.traces.callerOf(request);
    const origin = { requestId: requestIdOf(request), clientTrace };
    const { tasks, begun } = await this.submission.submit(text, key, origin);
    if (begun === null) response.setHeader('Idempotency-Replayed', 'true');
    else {
      this.metrics.tasksSubmitted.inc(tasks.length);
      const { runId, submittedAtUs } = begun;
      const run = { runId, clientTrace };
      this.traces.beginsRun(request, { run, submittedAtUs, taskCount: tasks.length });
    }
    return {
      ok: true,
      count: tasks.length,
      tasks: tasks.map((task) => ({
        task_id: task.id,
        name: task.name,
        status: task.status,
        assigned_worker: task.worker,
        topic: this.config.taskTopic,
        waiting_on: task.waitingOn,
        retries: task.retries,
        max_retries: task.maxRetries,
      })),
    };
  }

  @Get()
  @ApiOperation({
    operationId: 'listTasks',
    summary: 'List tasks, newest first',
    description: 'The `Link` header names the next page, if there is one.',
  })
  @ApiOkResponse({
    description: 'One page.',
    type: [TaskRecordDto],
    example: [TASK],
    headers: {
      Link: {
        description: '`<…>; rel="next"`: the path of the next page, while there may be one.',
        schema: { type: 'string' },
      },
    },
  })
  @ApiProblems(400, 503)
  async list(
    @Query(queryPipe()) query: ListTasksDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TaskRecordDto[]> {
    const { records, next } = await this.records.page(query);
    if (next !== null) {
      const url = new URL(request.originalUrl, this.config.baseUrl);
      url.searchParams.set('cursor', String(next));
      response.setHeader('Link', `<${url.pathname}${url.search}>; rel="next"`);
    }
    return records;
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getTask', summary: 'Read one task' })
  @ApiTaskId()
  @ApiOkResponse({ description: 'The task, with its document.', type: TaskRecordDto, example: TASK })
  @ApiProblems(400, 404, 503)
  async read(@Param('id', TaskIdPipe) id: TaskId): Promise<TaskRecordDto> {
    const record = await this.records.one(id);
    if (record === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    return record;
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelTask',
    summary: 'Cancel a task',
    description:
      'Ends it, its shards and everything that waits for it. A worker that runs it is not interrupted; its result is refused.',
  })
  @ApiTaskId()
  @ApiOkResponse({
    description: 'It is cancelled, or was before.',
    type: TaskRecordDto,
    example: CANCELLED_TASK,
  })
  @ApiProblems(400, 404, 409, 503)
  async cancel(@Param('id', TaskIdPipe) id: TaskId): Promise<TaskRecordDto> {
    const outcome = await this.lifecycle.apply(id, { kind: 'cancelled', reason: 'cancelled by request' });
    if (outcome.kind === 'ignored' && outcome.task.status !== 'CANCELLED') {
      throw new ProblemError('conflict', `Task ${id} cannot be cancelled: ${outcome.why}.`);
    }
    return this.read(id);
  }
}

/** The document in a JSON body: itself, or the text in its `yaml` member. */
function documentOf(body: string): string {
  const value = parseJson(body);
  if (isObject(value) && Object.keys(value).length === 1 && typeof value.yaml === 'string') return value.yaml;
  return body;
}
