/** OpenAPI: the headers that more than one route takes or answers with. */
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';

type HeadersObject = NonNullable<ApiResponseOptions['headers']>;

const text = { type: 'string' } as const;
const ETAG = '"6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090"';

/** Of every answer, whatever it says. */
export const REQUEST_ID: HeadersObject = {
  'X-Request-Id': {
    description: 'The id of the request, as it stands in the logs: the one that was sent, or a new one.',
    schema: text,
  },
};

const RETRY_AFTER: HeadersObject = {
  'Retry-After': { description: 'Seconds until it is worth another try.', schema: { type: 'integer' } },
};

/** What an error brings along, by its status. */
export const HEADERS_OF_ERRORS: Readonly<Record<number, HeadersObject>> = {
  401: { 'WWW-Authenticate': { description: '`Bearer`.', schema: text } },
  423: RETRY_AFTER,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

export const ETAG_OF_BYTES: HeadersObject = {
  ETag: { description: 'The SHA-256 in hex, in quotes.', schema: { ...text, example: ETAG } },
};

/** RFC 9530. */
const digests = (of: string): HeadersObject => ({
  'Repr-Digest': { description: `\`sha-256=:<Base64>:\` of ${of}.`, schema: text },
  'Content-Digest': { description: 'The same, where the whole is what is sent.', schema: text },
});

export const DIGESTS_OF_BYTES = digests('the whole');
/** Of what is not read only for it. */
export const DIGESTS_WHERE_KNOWN = digests(
  'the whole, where that is known, as it is after the manifest was made',
);

const CONTENT_RANGE: HeadersObject = {
  'Content-Range': {
    description: 'Which bytes these are, and of how many.',
    schema: { ...text, example: 'bytes 0-1023/18310' },
  },
};

/** A route of which parts and conditions can be asked for, RFC 9110, with what it answers to them. */
export function ApiConditional(what: string): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'Range',
      required: false,
      description: 'Which bytes are wanted.',
      schema: { ...text, example: 'bytes=0-1023' },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of what the client has.',
      schema: { ...text, example: ETAG },
    }),
    ApiResponse({
      status: 206,
      description: 'The part that Range asked for.',
      headers: { ...ETAG_OF_BYTES, ...CONTENT_RANGE },
    }),
    ApiResponse({
      status: 304,
      description: `If-None-Match names this very ${what}.`,
      headers: ETAG_OF_BYTES,
    }),
  );
}

/** A route whose body is compared with what the request says of it. */
export function ApiBodyDigest(mismatch = 'is refused'): MethodDecorator {
  return ApiHeader({
    name: 'Content-Digest',
    required: false,
    description: `\`sha-256=:<Base64>:\` (RFC 9530), also as a trailer; \`Repr-Digest\` and the older \`Digest\` are read as well. A body with another digest ${mismatch}.`,
    schema: { ...text, example: 'sha-256=:bKE9UspwyIPg8LsQHkJaiehiTeUdstI5JZOvaoQRgJA=:' },
  });
}

/** A route whose request is a span of the caller's trace, W3C Trace Context. */
export function ApiTraced(): MethodDecorator {
  return applyDecorators(
    ApiHeader({
      name: 'traceparent',
      required: false,
      description:
        'The span of the caller, W3C Trace Context: a submission makes its run part of that trace, a result or a file is shown below that span. What is no `traceparent` is ignored. See TRACES.md.',
      schema: { ...text, example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    }),
    ApiHeader({
      name: 'tracestate',
      required: false,
      description:
        "What other tracing systems want handed on with `traceparent`; workers are given a submission's. What is no `tracestate` is left out.",
      schema: { ...text, example: 'vendor=1' },
    }),
  );
}
