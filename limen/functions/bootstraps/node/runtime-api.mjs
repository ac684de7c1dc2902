// The client of the Lambda Runtime API: HTTP/1.1 by hand over one connection that is kept.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { createConnection } from 'node:net';

const VERSION = '/2018-06-01/runtime';
const NEXT = `GET ${VERSION}/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const HEAD_END = Buffer.from('\r\n\r\n');

export class RuntimeApi {
  #connection;
  // What answers are waited for, in their order: more than one where a response and the next request go together.
  #waiting = [];
  #received = Buffer.alloc(0);
  #held = 0;
  #asksAhead;
  #next;

  constructor(variables) {
    const socket = variables._LIMEN_RUNTIME_SOCKET;
    this.#asksAhead = Boolean(socket);
    this.#connection = createConnection(connectionOptions(socket || variables.AWS_LAMBDA_RUNTIME_API));
    this.#connection.setNoDelay?.(true);
    this.#connection.on('data', (piece) => this.#read(piece));
    // The host has gone, or has no use for this environment any more.
    this.#connection.on('error', () => process.exit(1));
    this.#connection.on('close', () => process.exit(1));
    this.#connection.unref();
  }

  // { headers, payload } of the next invocation. Waits as long as there is nothing to do.
  async next() {
    const answer = await (this.#next ?? this.#ask(NEXT));
    this.#next = undefined;
    if (answer.status !== 200) {
      throw new Error(`the Runtime API answered ${answer.status}: ${answer.payload}`);
    }
    return answer;
  }

  // Limen is asked for the next invocation in the same packet; other peers may not expect that.
  async respond(requestId, payload) {
    const head = requestHead(`invocation/${requestId}/response`, 'application/json', Buffer.byteLength(payload));
    const answered = this.#ask(this.#asksAhead ? `${head}${payload}${NEXT}` : `${head}${payload}`);
    if (this.#asksAhead) {
      this.#next = this.#wait();
    }
    await answered;
  }

  fail(requestId, error) {
    return this.#postError(`invocation/${requestId}/error`, error);
  }

  failInit(error) {
    return this.#postError('init/error', error);
  }

  // The response as it is produced: `begin`, `write` pieces, `end`; with an error as trailers if it broke off.
  begin(requestId, contentType) {
    this.#connection.write(
      `POST ${VERSION}/invocation/${requestId}/response HTTP/1.1\r\nHost: localhost\r\n` +
        `Content-Type: ${contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n` +
        'Transfer-Encoding: chunked\r\n' +
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n',
    );
  }

  write(piece, done) {
    if (piece.length === 0) {
      done();
      return;
    }
    this.#hold();
    this.#connection.cork();
    this.#connection.write(`${piece.length.toString(16)}\r\n`);
    this.#connection.write(piece);
    this.#connection.write('\r\n', (error) => {
      this.#release();
      done(error);
    });
    this.#connection.uncork();
  }

  async end(error) {
    const trailers = error
      ? `Lambda-Runtime-Function-Error-Type: ${error.errorType}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(error)).toString('base64')}\r\n`
      : '';
    await this.#ask(`0\r\n${trailers}\r\n`);
  }

  #postError(path, error) {
    const body = JSON.stringify(error);
    const type = String(error.errorType).replace(/[^\x20-\x7E]/g, '?');
    const head = requestHead(path, 'application/vnd.aws.lambda.error+json', Buffer.byteLength(body), type);
    return this.#ask(head + body);
  }

  #ask(text) {
    this.#connection.write(text);
    return this.#wait();
  }

  #wait() {
    this.#hold();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // While an answer is waited for, or a piece is on its way, the connection keeps the process alive; while a handler
  // runs it does not, so that an event loop with nothing left to do is seen as empty.
  #hold() {
    this.#held += 1;
    this.#connection.ref();
  }

  #release() {
    this.#held -= 1;
    if (this.#held === 0) {
      this.#connection.unref();
    }
  }

  #read(piece) {
    this.#received = this.#received.length ? Buffer.concat([this.#received, piece]) : piece;
    while (this.#waiting.length > 0) {
      const answer = takeAnswer(this.#received);
      if (answer === undefined) {
        return;
      }
      this.#received = this.#received.subarray(answer.length);
      const resolve = this.#waiting.shift();
      this.#release();
      resolve(answer);
    }
  }
}

function connectionOptions(address) {
  if (address.startsWith('/')) {
    return { path: address };
  }
  if (address.startsWith('unix:')) {
    return { path: address.slice(5) };
  }
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function requestHead(path, contentType, length, errorType) {
  const error = errorType === undefined ? '' : `Lambda-Runtime-Function-Error-Type: ${errorType}\r\n`;
  return (
    `POST ${VERSION}/${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\n${error}` +
    `Content-Length: ${length}\r\n\r\n`
  );
}

// The first answer in what was received, with its length there; undefined while it is not complete.
function takeAnswer(received) {
  const end = received.indexOf(HEAD_END);
  if (end < 0) {
    return undefined;
  }
  const lines = received.latin1Slice(0, end).split('\r\n');
  const headers = {};
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number(lines[0].slice(9, 12));
  if (headers['transfer-encoding']?.includes('chunked')) {
    const body = takeChunks(received, end + 4);
    return body && { status, headers, ...body };
  }
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  if (received.length < length) {
    return undefined;
  }
  return { status, headers, payload: received.utf8Slice(end + 4, length), length };
}

// Peers other than Limen send long payloads like this (RFC 9112, section 7.1).
function takeChunks(received, start) {
  const pieces = [];
  let position = start;
  for (;;) {
    const lineEnd = received.indexOf('\r\n', position);
    if (lineEnd < 0) {
      return undefined;
    }
    const size = parseInt(received.latin1Slice(position, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (received.length < next) {
      return undefined;
    }
    if (size === 0) {
      return { payload: Buffer.concat(pieces).toString(), length: next };
    }
    pieces.push(received.subarray(lineEnd + 2, next - 2));
    position = next;
  }
}
