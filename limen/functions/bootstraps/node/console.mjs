// `console` as functions find it on AWS: time, request and level before each message, or an object of JSON a line.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html

import { writeSync } from 'node:fs';
import { format } from 'node:util';

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

// Of the invocation that runs: part of each line.
export const current = { requestId: undefined, tenantId: undefined };

// A message of more than one line stays whole in a frame: type, length, time in microseconds, and the message, as
// aws-lambda-ric writes them to the descriptor in _LAMBDA_TELEMETRY_LOG_FD.
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;
const FRAME_HEAD = 16;

let isJson = false;
let descriptor = -1;

export function patchConsole(variables) {
  isJson = variables.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  descriptor = Number(variables._LAMBDA_TELEMETRY_LOG_FD ?? -1);
  delete variables._LAMBDA_TELEMETRY_LOG_FD;
  const least = LEVELS[variables.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  const line = isJson ? jsonLine : textLine;
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] =
      LEVELS[level] < least ? () => {} : (...values) => write(`${line(level, values)}\n`, LEVELS[level]);
  }
}

function write(line, level) {
  if (descriptor < 0) {
    process.stdout.write(line);
    return;
  }
  const message = Buffer.from(line);
  const frame = Buffer.allocUnsafe(FRAME_HEAD + message.length);
  frame.writeUInt32BE(((isJson ? JSON_FRAME : TEXT_FRAME) | (level * 4)) >>> 0, 0);
  frame.writeUInt32BE(message.length, 4);
  frame.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  message.copy(frame, FRAME_HEAD);
  for (let sent = 0; sent < frame.length; ) {
    sent += writeSync(descriptor, frame, sent);
  }
}

// An error that ended an invocation or the function.
export function logError(title, error) {
  const thrown = error instanceof Error ? error : new Error(String(error));
  if (isJson) {
    console.error(thrown);
  } else {
    console.error(title, `\t${stringifyError(thrown)}`);
  }
}

function textLine(level, values) {
  return `${new Date().toISOString()}\t${current.requestId}\t${level}\t${format(...values)}`;
}

function jsonLine(level, values) {
  const line = { timestamp: new Date().toISOString(), level, requestId: current.requestId };
  if (current.tenantId) {
    line.tenantId = current.tenantId;
  }
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...line, message: values[0] }, withErrors);
    } catch {
      // Circular, or a BigInt: its text is what remains.
    }
  }
  line.message = format(...values);
  const error = values.length > 1 ? values.find((value) => value instanceof Error) : undefined;
  return JSON.stringify(error ? { ...line, ...errorFields(error) } : line);
}

function errorFields(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

const withErrors = (_name, value) => (value instanceof Error ? { ...errorFields(value), ...value } : value);

function stringifyError(error) {
  const fields = { errorType: error.name, errorMessage: error.message, code: error.code, ...error };
  fields.stack = String(error.stack).split('\n');
  try {
    return JSON.stringify(fields, withErrors);
  } catch {
    return JSON.stringify(errorFields(error));
  }
}
