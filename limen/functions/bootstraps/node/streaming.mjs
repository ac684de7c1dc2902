// Response streaming: `awslambda.streamifyResponse` and the stream that its handlers write to.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import { Writable } from 'node:stream';

import { InvalidStreamingOperation, MalformedStreamingHandler } from './errors.mjs';

// AWS's own names: frameworks mark their handlers with them.
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END = new Uint8Array(8);

export function provideStreaming() {
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
}

function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response';
  if (typeof options?.highWaterMark === 'number') {
    handler[HIGH_WATER_MARK] = options.highWaterMark;
  }
  return handler;
}

export function isStreaming(handler) {
  if (!handler[STREAMING]) {
    return false;
  }
  if (handler[STREAMING] !== 'response') {
    throw new MalformedStreamingHandler('Only response streaming is supported.');
  }
  return true;
}

// Status, headers and cookies before the body.
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(prelude));
      write(PRELUDE_END);
    };
    return stream;
  }
}

export class ResponseStream extends Writable {
  #api;
  #requestId;
  #contentType = 'application/octet-stream';
  hasBegun = false;
  _onBeforeFirstWrite = undefined;

  constructor(api, requestId, handler) {
    super({ highWaterMark: handler[HIGH_WATER_MARK], decodeStrings: true });
    this.#api = api;
    this.#requestId = requestId;
  }

  setContentType(contentType) {
    if (this.hasBegun) {
      throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    }
    this.#contentType = contentType;
  }

  // Objects are written as JSON.
  write(chunk, encoding, callback) {
    const isBytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(isBytes ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _encoding, callback) {
    this.#begin();
    this.#api.write(chunk, callback);
  }

  _final(callback) {
    this.#begin();
    callback();
  }

  #begin() {
    if (this.hasBegun) {
      return;
    }
    this.hasBegun = true;
    this.#api.begin(this.#requestId, this.#contentType);
    this._onBeforeFirstWrite?.((piece) => this.#api.write(Buffer.from(piece), () => {}));
  }
}
