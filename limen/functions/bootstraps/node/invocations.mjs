// The loop of the runtime: invocation after invocation, each answered once.

import { current, logError } from './console.mjs';
import { errorObject } from './errors.mjs';
import { ResponseStream, isStreaming } from './streaming.mjs';

export class Invocations {
  #api;
  // Ends the invocation that runs when nothing is left to do: the event loop is empty.
  #atRest;
  #requestId;

  constructor(api) {
    this.#api = api;
  }

  async serve(handler) {
    const run = isStreaming(handler) ? this.#stream : this.#call;
    for (;;) {
      const { headers, payload } = await this.#api.next();
      this.#begin(headers);
      await run.call(this, handler, headers, payload);
      this.#requestId = undefined;
      this.#atRest = undefined;
    }
  }

  finishAtRest() {
    const finish = this.#atRest;
    this.#atRest = undefined;
    finish?.();
  }

  // Before a process ends that has met an error nobody caught.
  async failWhateverRuns(error) {
    if (this.#requestId === undefined) {
      await this.#api.failInit(errorObject(error));
    } else {
      await this.#api.fail(this.#requestId, errorObject(error));
    }
  }

  #begin(headers) {
    this.#requestId = current.requestId = headers['lambda-runtime-aws-request-id'];
    current.tenantId = headers['lambda-runtime-aws-tenant-id'];
    const trace = headers['lambda-runtime-trace-id'];
    if (trace) {
      process.env._X_AMZN_TRACE_ID = trace;
    } else {
      delete process.env._X_AMZN_TRACE_ID;
    }
  }

  // A handler that returns a promise or calls back; the first answer counts.
  async #call(handler, headers, payload) {
    let outcome;
    try {
      outcome = { result: await this.#run(handler, headers, payload) };
    } catch (error) {
      outcome = { error };
    }
    if (!('error' in outcome)) {
      try {
        outcome.text = JSON.stringify(outcome.result === undefined ? null : outcome.result) ?? 'null';
      } catch {
        outcome.error = new Error('Unable to stringify response body');
      }
    }
    if ('error' in outcome) {
      logError('Invoke Error', outcome.error);
      await this.#api.fail(this.#requestId, errorObject(outcome.error));
    } else {
      await this.#api.respond(this.#requestId, outcome.text);
    }
  }

  #run(handler, headers, payload) {
    return new Promise((resolve, reject) => {
      const context = makeContext(headers);
      const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
      const callback = (error, result) => {
        if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null)) {
          this.#atRest = () => resolve(result);
        } else {
          done(error, result);
        }
      };
      context.done = done;
      context.succeed = resolve;
      context.fail = (error) => reject(error ?? 'handled');
      this.#atRest = () => resolve(null);
      const returned = handler(JSON.parse(payload), context, callback);
      if (typeof returned?.then === 'function') {
        returned.then(resolve, context.fail);
      }
    });
  }

  async #stream(handler, headers, payload) {
    const stream = new ResponseStream(this.#api, this.#requestId, handler);
    const finished = new Promise((resolve, reject) => {
      stream.once('finish', resolve);
      stream.once('error', reject);
    });
    // A stream that fails while its handler still runs is told by the handler's own error.
    finished.catch(() => {});
    try {
      const context = makeContext(headers);
      const returned = handler(JSON.parse(payload), stream, context);
      if (typeof returned?.then !== 'function') {
        throw new Error('Streaming does not support non-async handlers.');
      }
      if ((await this.#orRest(returned)) !== undefined) {
        console.warn('Streaming handlers ignore return values.');
      }
      if (!stream.writableEnded) {
        throw new Error('Response stream is not finished.');
      }
      await finished;
      await this.#api.end();
    } catch (error) {
      logError('Invoke Error', error);
      await (stream.hasBegun ? this.#api.end(errorObject(error)) : this.#api.fail(this.#requestId, errorObject(error)));
      stream.destroy();
    }
  }

  // What is promised, or nothing when the event loop is empty before.
  #orRest(promised) {
    return new Promise((resolve, reject) => {
      this.#atRest = () => resolve(undefined);
      promised.then(resolve, reject);
    });
  }
}

function makeContext(headers) {
  const variables = process.env;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context']),
    identity: parseHeader(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parseHeader(text) {
  return text ? JSON.parse(text) : undefined;
}
