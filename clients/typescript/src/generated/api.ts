/** Generated from docs/openapi.json by `npm run docs:client`; not to be edited. */
export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counters and measurements for Prometheus */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Says nothing about Redis.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can it do its work?
         * @description Redis answers, the results volume takes files, the event channels are heard, this replica schedules or knows which one does, and it is not shutting down.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tasks, newest first
         * @description The `Link` header names the next page, if there is one.
         */
        get: operations["listTasks"];
        put?: never;
        /**
         * Submit a document
         * @description One YAML document, or the same as JSON, or `{"yaml": "…"}`. Registers all of its tasks, or none and every mistake. With an `Idempotency-Key` it can be sent again after a lost answer: it is registered once.
         */
        post: operations["submitTasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one task */
        get: operations["getTask"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a task
         * @description Ends it, its shards and everything that waits for it. A worker that runs it is not interrupted; its result is refused.
         */
        post: operations["cancelTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the registered workers */
        get: operations["listWorkers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one worker */
        get: operations["getWorker"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/results/{id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the files of a task, also those that its worker left on shared storage */
        get: operations["listFiles"];
        put?: never;
        /** Upload one file of a task, streamed to disk */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/results/{id}/files/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a file
         * @description `Range` and the conditions of RFC 9110 are honoured; the ETag is the SHA-256.
         */
        get: operations["downloadFile"];
        /**
         * Upload one file of a task as the whole body, streamed to disk
         * @description For `curl -T` and everything else that has a file and a name. It can be sent again after a lost answer.
         */
        put: operations["putFile"];
        post?: never;
        delete?: never;
        options?: never;
        /**
         * The headers of: Download a file
         * @description `Range` and the conditions of RFC 9110 are honoured; the ETag is the SHA-256.
         */
        head: operations["downloadFileHead"];
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a resumable upload of a file of a task
         * @description By the [tus protocol](https://tus.io/protocols/resumable-upload) 1.0.0; any tus client can be used. The first bytes may come along.
         */
        post: operations["createUpload"];
        delete?: never;
        /** What the tus server can do */
        options: operations["discoverUploads"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of an upload; until an hour after its end */
        get: operations["getUpload"];
        put?: never;
        /**
         * PATCH, HEAD or DELETE for clients that cannot send them
         * @description Does what its header `X-HTTP-Method-Override` says.
         */
        post: operations["overrideUpload"];
        /** Terminate an upload: what has come of it is removed */
        delete: operations["terminateUpload"];
        /** What the tus server can do, asked at an upload */
        options: operations["discoverUpload"];
        /** Ask how much of an upload has come */
        head: operations["askUpload"];
        /**
         * Continue an upload
         * @description With its last byte the file is judged and stored as every upload is: 400 for another SHA-256 than announced, 404 and 409 when its task does not take it; the upload is gone then. What has come before an answer of 423, 503 or 507 stays. Without `Upload-Offset` the answer is 403, and nothing is taken; headers that are not named here are ignored, and the bytes taken.
         */
        patch: operations["continueUpload"];
        trace?: never;
    };
    "/api/v1/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Post the result of a task, which completes it */
        post: operations["postResult"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/results/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The stored envelope of a task, also from shared storage
         * @description `Range` and the conditions of RFC 9110 are honoured.
         */
        get: operations["getResult"];
        put?: never;
        post?: never;
        /**
         * Delete the result and the files of an ended task
         * @description With those of its shards, if it was split. Its record stays, and says so. Doing it again is answered the same. After 503 and 507 it may have been done; do it again.
         */
        delete: operations["deleteResult"];
        options?: never;
        /**
         * The headers of: The stored envelope of a task, also from shared storage
         * @description `Range` and the conditions of RFC 9110 are honoured.
         */
        head: operations["getResultHead"];
        patch?: never;
        trace?: never;
    };
    "/api/v1/results/{id}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What there is of a task: every file with its digest, what was declared, what it was made from */
        get: operations["getManifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/results/{id}/bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The result and the files of a task as one `.tar.gz`, made while it is sent
         * @description With `manifest.json` first. When a file changes or goes meanwhile, the connection is broken off: an archive that ends is whole.
         */
        get: operations["downloadBundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * The headers of: The result and the files of a task as one `.tar.gz`, made while it is sent
         * @description With `manifest.json` first. When a file changes or goes meanwhile, the connection is broken off: an archive that ends is whole.
         */
        head: operations["downloadBundleHead"];
        patch?: never;
        trace?: never;
    };
    "/admin/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove stale workers
         * @description Takes workers past their heartbeat TTL off the list and sends the tasks that they held out again.
         */
        post: operations["removeStaleWorkers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/gc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete results and files that are due, or only say which are
         * @description Due is what RESULTS_TTL_DAYS, `spec.output.ttlDays`, ARTIFACT_QUOTA_BYTES and RECORDS_TTL_DAYS say. The replica that schedules does the same by itself; this is for out of turn, at any replica, and for at most 20 seconds.
         */
        post: operations["collectGarbage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ProblemIssueDto: {
            /**
             * @description Place in the document, body or query; empty for the whole.
             * @example spec.stages[1].name
             */
            path: string;
            /** @description 1-based line, where the text has one. */
            line?: number;
            /** @description 1-based column, where the text has one. */
            column?: number;
            /**
             * @description Stable slug.
             * @example missing
             */
            code: string;
            /** @description What is wrong and what is expected instead. */
            message: string;
        };
        ProblemDto: {
            /**
             * @description urn:orchestrator:<slug>
             * @example urn:orchestrator:not-found
             */
            type: string;
            /** @example Not found */
            title: string;
            /** @example 404 */
            status: number;
            /** @description What happened with this request. */
            detail: string;
            /** @description The request id, also in the X-Request-Id header and in the logs. */
            instance: string;
            /** @description Every single mistake. */
            errors?: components["schemas"]["ProblemIssueDto"][];
        };
        AliveDto: {
            /** @example true */
            ok: boolean;
        };
        ReadyDto: {
            /** @example ok */
            status: string;
            /** @description State by part: redis, disk, events, scheduling, process. */
            details: {
                [key: string]: {
                    /** @enum {string} */
                    status: "up" | "down";
                    message?: string;
                };
            };
        };
        SubmittedTaskDto: {
            task_id: string;
            name: string;
            /** @enum {string} */
            status: "PENDING" | "WAITING" | "DISPATCHED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";
            assigned_worker: string | null;
            topic: string;
            waiting_on: string[];
            retries: number;
            max_retries: number;
        };
        SubmissionDto: {
            /** @example true */
            ok: boolean;
            count: number;
            /** @description In the order of the document. */
            tasks: components["schemas"]["SubmittedTaskDto"][];
        };
        TaskRecordDto: {
            /** @example b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11 */
            task_id: string;
            /**
             * @description `<document>` or `<document>:<stage>`; a shard adds `#<index>`.
             * @example digits:train
             */
            name: string;
            /** @enum {string} */
            status: "PENDING" | "WAITING" | "DISPATCHED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";
            /** @description The worker that has or had it; MULTI for a parent of shards. */
            assigned_worker: string | null;
            /**
             * @description The channel on which it is dispatched.
             * @example tasks
             */
            topic: string;
            /**
             * Format: date-time
             * @example 2026-01-31T08:00:00.123456Z
             */
            submitted_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T08:00:00.123456Z
             */
            started_at: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T08:00:00.123456Z
             */
            finished_at: string | null;
            /** @description What ended it, or the latest failure that a worker reported. */
            error: string | null;
            /** @description Why it is where it is, when that needs saying. */
            reason: string | null;
            /** @description Failures that were tried again. */
            retries: number;
            max_retries: number;
            /**
             * Format: date-time
             * @example 2026-01-31T08:00:00.123456Z
             */
            next_retry_at: string | null;
            /** @example b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11 */
            parent_task_id: string | null;
            shard_index: number | null;
            shard_total: number | null;
            /** @description The stage or node of the document that it is. */
            graph_node_name: string | null;
            /** @description Shared by all tasks of one document. */
            run_id: string;
            /** @description Dependencies that are not DONE. */
            waiting_on: string[];
            last_failed_worker: string | null;
            /** @description How often it was dispatched. */
            attempt: number;
            /**
             * Format: date-time
             * @description When its result and its files were deleted.
             * @example 2026-01-31T08:00:00.123456Z
             */
            result_deleted_at: string | null;
            /**
             * @description Their time was over, there was no room, or a client wanted it.
             * @enum {string|null}
             */
            result_deleted_because: "ttl" | "quota" | "request" | null;
            /** @description The task document; only with full=true in lists. */
            parsed?: {
                [key: string]: unknown;
            };
            /** @description The document as submitted; only with full=true in lists. */
            raw_yaml?: string;
        };
        WorkerDto: {
            worker_id: string;
            /** @example IDLE */
            status: string | null;
            started_at: string | null;
            pid: number | null;
            env: {
                [key: string]: unknown;
            } | null;
            hardware: {
                [key: string]: unknown;
            } | null;
            /** @description As the worker reports them: usually a list of words. */
            tags: ({
                [key: string]: unknown;
            } | null) | unknown[] | string | number | boolean;
            last_seen: string | null;
            /** @description No heartbeat for longer than HEARTBEAT_TTL_SEC. */
            stale: boolean;
            /** @description The task that it holds. */
            task_id: string | null;
            /** @description As the worker reports it. */
            cost_per_hour?: number;
        };
        UploadedFileDto: {
            /** @example true */
            ok: boolean;
            /**
             * @description Relative to the results directory.
             * @example 8c1f/final_model.zip
             */
            path: string;
            /** @example final_model.zip */
            filename: string;
            /** @description Bytes. */
            size: number;
            /** @description Hex. */
            sha256: string;
            /**
             * @description With 202 only.
             * @example true
             */
            spooled?: boolean;
        };
        FileDto: {
            /**
             * @description Of a file in a directory its path, with slashes.
             * @example checkpoint-500/model.safetensors
             */
            name: string;
            /**
             * Format: uri-reference
             * @description Where it can be had, relative to the URL of this list.
             * @example files/checkpoint-500%2Fmodel.safetensors
             */
            url: string;
            /** @description Bytes. */
            size: number;
            /** @description Hex. */
            sha256: string;
            /**
             * Format: date-time
             * @description When it was uploaded, or last written on shared storage.
             */
            time: string;
        };
        UploadDto: {
            /** Format: uuid */
            upload_id: string;
            task_id: string;
            /** @example final_model.zip */
            filename: string;
            /**
             * @description `open`: bytes are missing. `created`: stored. `same`: these bytes were there under this name already. `kept`: whole, to be judged when the task store answers again.
             * @enum {string}
             */
            status: "open" | "created" | "same" | "kept";
            /** @description Bytes that have come. */
            offset: number;
            /** @description Bytes of the file; null: not said yet. */
            size: number | null;
            /** @description Hex, of the whole file; null while it is open. */
            sha256: string | null;
            /**
             * @description Relative to the results directory; null while it is open.
             * @example 8c1f/final_model.zip
             */
            path: string | null;
        };
        PostResultDto: {
            /** @description The task. */
            task_id: string;
            /** @description Any JSON, usually an object; stored byte by byte. */
            result: ({
                [key: string]: unknown;
            } | null) | unknown[] | string | number | boolean;
            worker_id?: string | null;
            metadata?: {
                [key: string]: unknown;
            } | null;
            /** @description ISO 8601; the time of arrival when left out. */
            received_at?: string | null;
        };
        ResultStoredDto: {
            /** @example true */
            ok: boolean;
            /**
             * @description Relative to the results directory.
             * @example 8c1f/responses.json
             */
            path: string;
            /**
             * @description With 202 only.
             * @example true
             */
            spooled?: boolean;
        };
        EnvelopeDto: {
            task_id: string;
            /** @description `MULTI` for the aggregate of shards. */
            worker_id: string | null;
            metadata: {
                [key: string]: unknown;
            } | null;
            received_at: string | null;
            /** @description Any JSON, as it was posted. */
            result: ({
                [key: string]: unknown;
            } | null) | unknown[] | string | number | boolean;
        };
        ManifestFileDto: {
            /**
             * @description `responses.json` is the result, as it is served.
             * @example final_lora.zip
             */
            name: string;
            /** @enum {string} */
            kind: "result" | "artifact";
            /** @description Bytes. */
            size: number;
            /** @description Hex. */
            sha256: string;
            /** Format: date-time */
            time: string;
            /** @description The attempt that made it, as far as it said so; null for what lies on shared storage. */
            attempt_id: string | null;
        };
        LeftOutDto: {
            name: string;
            /**
             * @description A link or the like; a name that no file may have; still being written; a directory with more than is looked at.
             * @enum {string}
             */
            why: "not_a_file" | "name" | "unfinished" | "too_many";
        };
        DeclaredDto: {
            /**
             * @description A name or a pattern, as `spec.output.artifacts` has it.
             * @example *.zip
             */
            name: string;
            required: boolean;
            present: boolean;
            /** @description The files that it means; of 20,000 names in all, the first. */
            files: string[];
        };
        GivenFileDto: {
            name: string;
            /** @description Bytes. */
            size: number;
            /** @description Hex. */
            sha256: string;
        };
        InputDto: {
            /** @description By which templates call the dependency. */
            name: string;
            task_id: string;
            /** @description SHA-256 (hex) of the result that the task was given; null: it was given none. */
            result_sha256: string | null;
            /** @description Files that its templates name. */
            files: components["schemas"]["GivenFileDto"][];
        };
        ManifestShardDto: {
            task_id: string;
            index: number;
            result_sha256: string | null;
        };
        ManifestDto: {
            task_id: string;
            name: string;
            /** @enum {string} */
            status: "PENDING" | "WAITING" | "DISPATCHED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";
            /** Format: date-time */
            finished_at: string | null;
            /** @description `MULTI` for a task that was spread over workers. */
            worker_id: string | null;
            /** @description How often it was dispatched. */
            attempt: number;
            /** @description The latest attempt; of a task that is DONE, the one that won. */
            attempt_id: string | null;
            /** @description SHA-256 (hex) of the bytes of the `result` member: what the inputs of other tasks name. */
            result_sha256: string | null;
            /**
             * Format: date-time
             * @description When result and files were deleted: then there are none, and what it was given is told still.
             */
            result_deleted_at: string | null;
            files: components["schemas"]["ManifestFileDto"][];
            /** @description What else lies in the directories of the task. */
            left_out: components["schemas"]["LeftOutDto"][];
            /** @description What `spec.output.artifacts` names. */
            declared: components["schemas"]["DeclaredDto"][];
            /** @description Of these, what is required and not there. */
            missing: string[];
            /** @description What the latest attempt was given of other tasks. */
            inputs: components["schemas"]["InputDto"][];
            /** @description Of a task that was spread over workers. */
            shards: components["schemas"]["ManifestShardDto"][];
            /**
             * Format: date-time
             * @description When this was put together.
             */
            made_at: string;
        };
        CleanupDto: {
            /** @example true */
            ok: boolean;
            removed: number;
            /** @description Ids of the removed workers. */
            workers: string[];
        };
        GcDto: {
            /** @example true */
            ok: boolean;
            /** @enum {boolean} */
            dry_run: false;
            /** @description Tasks whose result and files were deleted, since they were too old. */
            deleted_by_ttl: number;
            /** @description The same, to make room. */
            deleted_by_quota: number;
            /** @description Those that are due as well and that an open task needs, or that could not be deleted. */
            kept: number;
            /** @description Records of tasks that were deleted. */
            records: number;
            /** @description false: the time of one request was over before all was done; ask again, or leave it to the service. */
            complete: boolean;
        };
        GcDueDto: {
            task_id: string;
            /** @enum {string} */
            cause: "ttl" | "quota";
            /** Format: date-time */
            ended_at: string | null;
            size_bytes: number;
        };
        GcKeptDto: {
            task_id: string;
            /** @enum {string} */
            cause: "ttl" | "quota";
            /** @description The task that needs it. */
            needed_by: string;
            /**
             * @description It depends on it, or on what was made of it; it is its parent; or its aggregate is still to be sent.
             * @enum {string}
             */
            why: "dependent" | "parent" | "delivery";
        };
        GcUnknownDto: {
            /** @description Of the directory, below the results directory. */
            name: string;
            size_bytes: number;
        };
        GcPreviewDto: {
            /** @example true */
            ok: boolean;
            /** @enum {boolean} */
            dry_run: true;
            /** @description Tasks whose result and files would be deleted. */
            count: number;
            bytes: number;
            /** @description The first hundred of them. */
            due: components["schemas"]["GcDueDto"][];
            /** @description Tasks that are due as well, and that an open task needs. */
            kept_count: number;
            /** @description The first hundred of them. */
            kept: components["schemas"]["GcKeptDto"][];
            /** @description Directories that look like those of tasks and belong to no task that has files. The service never deletes them. */
            unknown_count: number;
            /** @description The first hundred of them. */
            unknown: components["schemas"]["GcUnknownDto"][];
            /** @description false: there is more than was looked at. */
            complete: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All metrics of this process. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # HELP orchestrator_tasks_submitted_total Tasks registered
                     *     # TYPE orchestrator_tasks_submitted_total counter
                     *     orchestrator_tasks_submitted_total 4
                     */
                    "text/plain": string;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true
                     *     }
                     */
                    "application/json": components["schemas"]["AliveDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "details": {
                     *         "redis": {
                     *           "status": "up"
                     *         },
                     *         "disk": {
                     *           "status": "up"
                     *         },
                     *         "events": {
                     *           "status": "up"
                     *         },
                     *         "scheduling": {
                     *           "status": "up",
                     *           "message": "following replica-2:17"
                     *         },
                     *         "process": {
                     *           "status": "up"
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ReadyDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    listTasks: {
        parameters: {
            query?: {
                /** @description Only tasks in this state. */
                status?: "PENDING" | "WAITING" | "DISPATCHED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";
                /** @description A part of the name, in any case. */
                name?: string;
                /** @description The most records of a page; 1,000 when left out. */
                limit?: number;
                /** @description From the `Link` header of the page before. */
                cursor?: number;
                /** @description With `parsed` and `raw_yaml`. */
                full?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page. */
            200: {
                headers: {
                    /** @description `<…>; rel="next"`: the path of the next page, while there may be one. */
                    Link?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *         "name": "digits:train",
                     *         "status": "DONE",
                     *         "assigned_worker": "gpu-1",
                     *         "topic": "tasks",
                     *         "submitted_at": "2026-01-31T08:00:00.123456Z",
                     *         "started_at": "2026-01-31T08:00:00.204511Z",
                     *         "finished_at": "2026-01-31T08:04:12.900310Z",
                     *         "error": null,
                     *         "reason": null,
                     *         "retries": 0,
                     *         "max_retries": 3,
                     *         "next_retry_at": null,
                     *         "parent_task_id": null,
                     *         "shard_index": null,
                     *         "shard_total": null,
                     *         "graph_node_name": "train",
                     *         "run_id": "3b7be524-1b06-444c-86a7-fc2b2db707f9",
                     *         "waiting_on": [],
                     *         "last_failed_worker": null,
                     *         "attempt": 1,
                     *         "result_deleted_at": null,
                     *         "result_deleted_because": null
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["TaskRecordDto"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    submitTasks: {
        parameters: {
            query?: never;
            header?: {
                /** @description The span of the caller, W3C Trace Context: a submission makes its run part of that trace, a result or a file is shown below that span. What is no `traceparent` is ignored. See TRACES.md. */
                traceparent?: string;
                /** @description What other tracing systems want handed on with `traceparent`; workers are given a submission's. What is no `tracestate` is left out. */
                tracestate?: string;
                /** @description Chosen by the client, 1 to 255 visible ASCII characters, a UUID for example. For a day, the same document with the same key is answered with the tasks of the first time and `Idempotency-Replayed: true`. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The task document. */
        requestBody: {
            content: {
                "text/yaml": string;
                "application/yaml": string;
                "application/x-yaml": string;
                "text/x-yaml": string;
                "text/plain": string;
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Registered; its tasks, in the order of the document. */
            201: {
                headers: {
                    /** @description `true`: these are the tasks of the first time that this key was sent. */
                    "Idempotency-Replayed"?: "true";
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "count": 2,
                     *       "tasks": [
                     *         {
                     *           "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *           "name": "digits:train",
                     *           "status": "PENDING",
                     *           "assigned_worker": null,
                     *           "topic": "tasks",
                     *           "waiting_on": [],
                     *           "retries": 0,
                     *           "max_retries": 3
                     *         },
                     *         {
                     *           "task_id": "0b896a53-c380-4ba2-ac7b-ddb48ea55fa7",
                     *           "name": "digits:report",
                     *           "status": "PENDING",
                     *           "assigned_worker": null,
                     *           "topic": "tasks",
                     *           "waiting_on": [
                     *             "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11"
                     *           ],
                     *           "retries": 0,
                     *           "max_retries": 3
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SubmissionDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task, with its document. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *       "name": "digits:train",
                     *       "status": "DONE",
                     *       "assigned_worker": "gpu-1",
                     *       "topic": "tasks",
                     *       "submitted_at": "2026-01-31T08:00:00.123456Z",
                     *       "started_at": "2026-01-31T08:00:00.204511Z",
                     *       "finished_at": "2026-01-31T08:04:12.900310Z",
                     *       "error": null,
                     *       "reason": null,
                     *       "retries": 0,
                     *       "max_retries": 3,
                     *       "next_retry_at": null,
                     *       "parent_task_id": null,
                     *       "shard_index": null,
                     *       "shard_total": null,
                     *       "graph_node_name": "train",
                     *       "run_id": "3b7be524-1b06-444c-86a7-fc2b2db707f9",
                     *       "waiting_on": [],
                     *       "last_failed_worker": null,
                     *       "attempt": 1,
                     *       "result_deleted_at": null,
                     *       "result_deleted_because": null
                     *     }
                     */
                    "application/json": components["schemas"]["TaskRecordDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    cancelTask: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is cancelled, or was before. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *       "name": "digits:train",
                     *       "status": "CANCELLED",
                     *       "assigned_worker": "gpu-1",
                     *       "topic": "tasks",
                     *       "submitted_at": "2026-01-31T08:00:00.123456Z",
                     *       "started_at": "2026-01-31T08:00:00.204511Z",
                     *       "finished_at": "2026-01-31T08:04:12.900310Z",
                     *       "error": null,
                     *       "reason": "cancelled by request",
                     *       "retries": 0,
                     *       "max_retries": 3,
                     *       "next_retry_at": null,
                     *       "parent_task_id": null,
                     *       "shard_index": null,
                     *       "shard_total": null,
                     *       "graph_node_name": "train",
                     *       "run_id": "3b7be524-1b06-444c-86a7-fc2b2db707f9",
                     *       "waiting_on": [],
                     *       "last_failed_worker": null,
                     *       "attempt": 1,
                     *       "result_deleted_at": null,
                     *       "result_deleted_because": null
                     *     }
                     */
                    "application/json": components["schemas"]["TaskRecordDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    listWorkers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, by id. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "worker_id": "gpu-1",
                     *         "status": "IDLE",
                     *         "started_at": "2026-01-31T07:00:00.000000Z",
                     *         "pid": 17,
                     *         "env": {
                     *           "PYTHON_VERSION": "3.11"
                     *         },
                     *         "hardware": {
                     *           "cpu": {
                     *             "logical_cores": 64,
                     *             "model": "AMD EPYC"
                     *           },
                     *           "memory": {
                     *             "total_bytes": 549755813888
                     *           },
                     *           "gpu": {
                     *             "driver_version": "550.54",
                     *             "cuda_version": "12.4",
                     *             "gpus": [
                     *               {
                     *                 "index": 0,
                     *                 "name": "NVIDIA A100-SXM4-80GB",
                     *                 "uuid": "GPU-5c2f",
                     *                 "memory_total_bytes": 85899345920
                     *               }
                     *             ]
                     *           },
                     *           "network": {
                     *             "ip": "192.0.2.2"
                     *           }
                     *         },
                     *         "tags": [
                     *           "training"
                     *         ],
                     *         "last_seen": "2026-01-31T08:00:30.000000Z",
                     *         "stale": false,
                     *         "task_id": null,
                     *         "cost_per_hour": 1.25
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["WorkerDto"][];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getWorker: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id that the worker chose. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The worker. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "worker_id": "gpu-1",
                     *       "status": "IDLE",
                     *       "started_at": "2026-01-31T07:00:00.000000Z",
                     *       "pid": 17,
                     *       "env": {
                     *         "PYTHON_VERSION": "3.11"
                     *       },
                     *       "hardware": {
                     *         "cpu": {
                     *           "logical_cores": 64,
                     *           "model": "AMD EPYC"
                     *         },
                     *         "memory": {
                     *           "total_bytes": 549755813888
                     *         },
                     *         "gpu": {
                     *           "driver_version": "550.54",
                     *           "cuda_version": "12.4",
                     *           "gpus": [
                     *             {
                     *               "index": 0,
                     *               "name": "NVIDIA A100-SXM4-80GB",
                     *               "uuid": "GPU-5c2f",
                     *               "memory_total_bytes": 85899345920
                     *             }
                     *           ]
                     *         },
                     *         "network": {
                     *           "ip": "192.0.2.2"
                     *         }
                     *       },
                     *       "tags": [
                     *         "training"
                     *       ],
                     *       "last_seen": "2026-01-31T08:00:30.000000Z",
                     *       "stale": false,
                     *       "task_id": null,
                     *       "cost_per_hour": 1.25
                     *     }
                     */
                    "application/json": components["schemas"]["WorkerDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    listFiles: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its files. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "checkpoint-500/model.safetensors",
                     *         "url": "files/checkpoint-500%2Fmodel.safetensors",
                     *         "size": 7,
                     *         "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
                     *         "time": "2026-01-31T08:04:12.606Z"
                     *       }
                     *     ]
                     */
                    "application/json": components["schemas"]["FileDto"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description The span of the caller, W3C Trace Context: a submission makes its run part of that trace, a result or a file is shown below that span. What is no `traceparent` is ignored. See TRACES.md. */
                traceparent?: string;
                /** @description What other tracing systems want handed on with `traceparent`; workers are given a submission's. What is no `tracestate` is left out. */
                tracestate?: string;
                /** @description The attempt that made it, as the dispatched document names it; empty is the same as none. */
                "X-Orchestrator-Attempt"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description Hex; a file with another digest is refused. */
                    sha256?: string;
                    /**
                     * Format: binary
                     * @description The file, with its name.
                     */
                    file: string;
                };
            };
        };
        responses: {
            /** @description The same bytes were there already. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Stored. */
            201: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Kept on disk until the task store answers again, and judged then. */
            202: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
                     *       "spooled": true
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    downloadFile: {
        parameters: {
            query?: {
                /** @description Seconds since 1970, of a signed URL; not looked at when there is a token. */
                expires?: string;
            };
            header?: {
                /** @description Which bytes are wanted. */
                Range?: string;
                /** @description The ETag of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
                /** @description The name of the file: at most 255 bytes, no leading dot, none of `/ \ : * ? " < > |`, no control or invisible characters. Of a file in a directory its path, up to 16 such names, as one segment: each slash is sent as `%2F`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, as an attachment; its ETag is its SHA-256. */
            200: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description `sha-256=:<Base64>:` of the whole. */
                    "Repr-Digest"?: string;
                    /** @description The same, where the whole is what is sent. */
                    "Content-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The part that Range asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description If-None-Match names this very file. */
            304: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description With object storage and ARTIFACT_REDIRECT: the file is at the URL in Location, for a while. */
            307: {
                headers: {
                    /** @description Of the file in object storage. */
                    Location?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Range Not Satisfiable */
            416: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    putFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description `sha-256=:<Base64>:` (RFC 9530), also as a trailer; `Repr-Digest` and the older `Digest` are read as well. A body with another digest is refused. */
                "Content-Digest"?: string;
                /** @description The span of the caller, W3C Trace Context: a submission makes its run part of that trace, a result or a file is shown below that span. What is no `traceparent` is ignored. See TRACES.md. */
                traceparent?: string;
                /** @description What other tracing systems want handed on with `traceparent`; workers are given a submission's. What is no `tracestate` is left out. */
                tracestate?: string;
                /** @description The attempt that made it, as the dispatched document names it; empty is the same as none. */
                "X-Orchestrator-Attempt"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
                /** @description The name of the file: at most 255 bytes, no leading dot, none of `/ \ : * ? " < > |`, no control or invisible characters. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description The same bytes were there already. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Stored. */
            201: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Kept on disk until the task store answers again, and judged then. */
            202: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip",
                     *       "filename": "final_model.zip",
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
                     *       "spooled": true
                     *     }
                     */
                    "application/json": components["schemas"]["UploadedFileDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    downloadFileHead: {
        parameters: {
            query?: {
                /** @description Seconds since 1970, of a signed URL; not looked at when there is a token. */
                expires?: string;
            };
            header?: {
                /** @description Which bytes are wanted. */
                Range?: string;
                /** @description The ETag of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
                /** @description The name of the file: at most 255 bytes, no leading dot, none of `/ \ : * ? " < > |`, no control or invisible characters. Of a file in a directory its path, up to 16 such names, as one segment: each slash is sent as `%2F`. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, as an attachment; its ETag is its SHA-256. */
            200: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description `sha-256=:<Base64>:` of the whole. */
                    "Repr-Digest"?: string;
                    /** @description The same, where the whole is what is sent. */
                    "Content-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The part that Range asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description If-None-Match names this very file. */
            304: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description With object storage and ARTIFACT_REDIRECT: the file is at the URL in Location, for a while. */
            307: {
                headers: {
                    /** @description Of the file in object storage. */
                    Location?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Range Not Satisfiable */
            416: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description The attempt that made it, as the dispatched document names it; empty is the same as none. */
                "X-Orchestrator-Attempt"?: string;
                /** @description Comma-separated pairs of a key and a value in Base64: `task_id`, `filename`; optional `sha256`, in hex, which the whole file must have, and `attempt_id`. */
                "Upload-Metadata": string;
                /** @description `1`: the length is said later. */
                "Upload-Defer-Length"?: "1";
                /** @description Bytes of the whole file. */
                "Upload-Length"?: number;
                /** @description `sha1` or `sha256`, a space, and the digest of this body in Base64. A body with another is 460. */
                "Upload-Checksum"?: string;
                /** @description `sha-256=:<Base64>:` (RFC 9530), also as a trailer; `Repr-Digest` and the older `Digest` are read as well. A body with another digest is 460. */
                "Content-Digest"?: string;
                /** @description The version of the protocol. */
                "Tus-Resumable": "1.0.0";
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Begun; an empty file, and one that came along whole, is stored. */
            201: {
                headers: {
                    /** @description Of the upload, relative to the request. */
                    Location?: string;
                    /** @description Bytes that have come. */
                    "Upload-Offset"?: number;
                    /** @description When it is given up if nothing more comes, or, where that is earlier, whatever comes. */
                    "Upload-Expires"?: string;
                    /** @description Of the whole file, once it is stored. */
                    "Repr-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Error */
            460: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Implemented */
            501: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    discoverUploads: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the headers. */
            204: {
                headers: {
                    "Tus-Version"?: string;
                    "Tus-Extension"?: string;
                    /** @description UPLOAD_MAX_BYTES, if there is a bound. */
                    "Tus-Max-Size"?: number;
                    "Tus-Checksum-Algorithm"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the upload, the last segment of its `Location`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "upload_id": "7c1d0d5e-6f0f-4a55-9b1d-1f1b5a3c9c44",
                     *       "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *       "filename": "final_model.zip",
                     *       "status": "created",
                     *       "offset": 7,
                     *       "size": 7,
                     *       "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/final_model.zip"
                     *     }
                     */
                    "application/json": components["schemas"]["UploadDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    overrideUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description The method that is meant. */
                "X-HTTP-Method-Override": "PATCH" | "HEAD" | "DELETE";
                /** @description The version of the protocol. */
                "Tus-Resumable": "1.0.0";
            };
            path: {
                /** @description The id of the upload, the last segment of its `Location`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As HEAD answers. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description As PATCH and DELETE answer. */
            204: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Method Not Allowed */
            405: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Locked */
            423: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Error */
            460: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    terminateUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description The version of the protocol. */
                "Tus-Resumable": "1.0.0";
            };
            path: {
                /** @description The id of the upload, the last segment of its `Location`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Locked */
            423: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    discoverUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Whatever it is: no upload is looked for. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the headers. */
            204: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    askUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description The version of the protocol. */
                "Tus-Resumable": "1.0.0";
            };
            path: {
                /** @description The id of the upload, the last segment of its `Location`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description With the offset to continue from, which is safe on disk. The full length: the file is stored. */
            200: {
                headers: {
                    /** @description Bytes that have come. */
                    "Upload-Offset"?: number;
                    "Upload-Length"?: number;
                    "Upload-Metadata"?: string;
                    /** @description Of the whole file, once it is stored. */
                    "Repr-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Locked */
            423: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    continueUpload: {
        parameters: {
            query?: never;
            header: {
                /** @description Where it was deferred. */
                "Upload-Length"?: number;
                /** @description Where the body begins. */
                "Upload-Offset": number;
                /** @description `sha1` or `sha256`, a space, and the digest of this body in Base64. A body with another is 460. */
                "Upload-Checksum"?: string;
                /** @description `sha-256=:<Base64>:` (RFC 9530), also as a trailer; `Repr-Digest` and the older `Digest` are read as well. A body with another digest is 460. */
                "Content-Digest"?: string;
                /** @description The version of the protocol. */
                "Tus-Resumable": "1.0.0";
            };
            path: {
                /** @description The id of the upload, the last segment of its `Location`. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description Taken. */
            204: {
                headers: {
                    /** @description Bytes that have come. */
                    "Upload-Offset"?: number;
                    /** @description When it is given up if nothing more comes, or, where that is earlier, whatever comes. */
                    "Upload-Expires"?: string;
                    /** @description Of the whole file, once it is stored. */
                    "Repr-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Locked */
            423: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Error */
            460: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    postResult: {
        parameters: {
            query?: never;
            header?: {
                /** @description `sha-256=:<Base64>:` (RFC 9530), also as a trailer; `Repr-Digest` and the older `Digest` are read as well. A body with another digest is refused. */
                "Content-Digest"?: string;
                /** @description The span of the caller, W3C Trace Context: a submission makes its run part of that trace, a result or a file is shown below that span. What is no `traceparent` is ignored. See TRACES.md. */
                traceparent?: string;
                /** @description What other tracing systems want handed on with `traceparent`; workers are given a submission's. What is no `tracestate` is left out. */
                tracestate?: string;
                /** @description The attempt that made it, as the dispatched document names it; empty is the same as none. */
                "X-Orchestrator-Attempt"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PostResultDto"];
            };
        };
        responses: {
            /** @description The same bytes were there already. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/responses.json"
                     *     }
                     */
                    "application/json": components["schemas"]["ResultStoredDto"];
                };
            };
            /** @description Stored. */
            201: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/responses.json"
                     *     }
                     */
                    "application/json": components["schemas"]["ResultStoredDto"];
                };
            };
            /** @description Kept on disk until the task store answers again, and judged then. */
            202: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "path": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/responses.json",
                     *       "spooled": true
                     *     }
                     */
                    "application/json": components["schemas"]["ResultStoredDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Payload Too Large */
            413: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getResult: {
        parameters: {
            query?: never;
            header?: {
                /** @description Which bytes are wanted. */
                Range?: string;
                /** @description The ETag of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The envelope; once the task has taken it, its ETag is the SHA-256 of `result`. */
            200: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description `sha-256=:<Base64>:` of the whole, where that is known, as it is after the manifest was made. */
                    "Repr-Digest"?: string;
                    /** @description The same, where the whole is what is sent. */
                    "Content-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *       "worker_id": "gpu-1",
                     *       "metadata": null,
                     *       "received_at": "2026-01-31T08:04:12.871Z",
                     *       "result": {
                     *         "accuracy": 0.8953,
                     *         "final_model_archive_url": "/api/v1/results/b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11/files/final_model.zip"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["EnvelopeDto"];
                };
            };
            /** @description The part that Range asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description If-None-Match names this very envelope. */
            304: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Range Not Satisfiable */
            416: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    deleteResult: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nobody is given anything of it any more. */
            204: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Insufficient Storage */
            507: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getResultHead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Which bytes are wanted. */
                Range?: string;
                /** @description The ETag of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The envelope; once the task has taken it, its ETag is the SHA-256 of `result`. */
            200: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description `sha-256=:<Base64>:` of the whole, where that is known, as it is after the manifest was made. */
                    "Repr-Digest"?: string;
                    /** @description The same, where the whole is what is sent. */
                    "Content-Digest"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The part that Range asked for. */
            206: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description Which bytes these are, and of how many. */
                    "Content-Range"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description If-None-Match names this very envelope. */
            304: {
                headers: {
                    /** @description The SHA-256 in hex, in quotes. */
                    ETag?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Precondition Failed */
            412: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Range Not Satisfiable */
            416: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    getManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The manifest, as it is now. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "task_id": "b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11",
                     *       "name": "digits:train",
                     *       "status": "DONE",
                     *       "finished_at": "2026-01-31T08:04:12.900310Z",
                     *       "worker_id": "gpu-1",
                     *       "attempt": 1,
                     *       "attempt_id": "2027f8df-1432-4469-973e-0c3334ed8bc6",
                     *       "result_sha256": "5c8a4b0f7f1d1a3c2b0e9d8c7b6a59483726150f4e3d2c1b0a9f8e7d6c5b4a39",
                     *       "result_deleted_at": null,
                     *       "files": [
                     *         {
                     *           "name": "final_model.zip",
                     *           "kind": "artifact",
                     *           "size": 7,
                     *           "sha256": "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
                     *           "time": "2026-01-31T08:04:12.606000Z",
                     *           "attempt_id": "2027f8df-1432-4469-973e-0c3334ed8bc6"
                     *         }
                     *       ],
                     *       "left_out": [],
                     *       "declared": [
                     *         {
                     *           "name": "*.zip",
                     *           "required": true,
                     *           "present": true,
                     *           "files": [
                     *             "final_model.zip"
                     *           ]
                     *         }
                     *       ],
                     *       "missing": [],
                     *       "inputs": [
                     *         {
                     *           "name": "prepare",
                     *           "task_id": "53615ccf-858d-4efb-abd8-fec5b5bb63bb",
                     *           "result_sha256": "5c8a4b0f7f1d1a3c2b0e9d8c7b6a59483726150f4e3d2c1b0a9f8e7d6c5b4a39",
                     *           "files": []
                     *         }
                     *       ],
                     *       "shards": [],
                     *       "made_at": "2026-01-31T08:05:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ManifestDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    downloadBundle: {
        parameters: {
            query?: {
                /** @description Which parts; both when left out. */
                include?: ("results" | "artifacts")[];
                /** @description Seconds since 1970, of a signed URL; not looked at when there is a token. */
                expires?: string;
            };
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive, as an attachment. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/gzip": string;
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    downloadBundleHead: {
        parameters: {
            query?: {
                /** @description Which parts; both when left out. */
                include?: ("results" | "artifacts")[];
                /** @description Seconds since 1970, of a signed URL; not looked at when there is a token. */
                expires?: string;
            };
            header?: never;
            path: {
                /** @description The id of a task. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive, as an attachment. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Gone */
            410: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    removeStaleWorkers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was removed. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ok": true,
                     *       "removed": 1,
                     *       "workers": [
                     *         "gpu-1"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CleanupDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    collectGarbage: {
        parameters: {
            query?: {
                /** @description Only say what would be deleted. */
                dryRun?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was deleted, or would be. */
            200: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GcDto"] | components["schemas"]["GcPreviewDto"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description `Bearer`. */
                    "WWW-Authenticate"?: string;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Request Header Fields Too Large */
            431: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds until it is worth another try. */
                    "Retry-After"?: number;
                    /** @description The id of the request, as it stands in the logs: the one that was sent, or a new one. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
}
