// What a caller and the log are told when something fails: the error objects of AWS's Node.js runtime.

// An error whose type is `Runtime.…`, and whose stack begins with it.
class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    Object.defineProperty(this, 'name', { value: `Runtime.${name}`, configurable: true });
    this.stack = `${this.name}: ${message}\n${stackLines(this).join('\n')}`;
  }
}

const runtimeError = (name) =>
  class extends RuntimeError {
    constructor(message) {
      super(name, message);
    }
  };

export const ImportModuleError = runtimeError('ImportModuleError');
export const HandlerNotFound = runtimeError('HandlerNotFound');
export const MalformedHandlerName = runtimeError('MalformedHandlerName');
export const MalformedStreamingHandler = runtimeError('MalformedStreamingHandler');
export const InvalidStreamingOperation = runtimeError('InvalidStreamingOperation');
export const CallbackHandlerDeprecated = runtimeError('CallbackHandlerDeprecated');

// Keeps the stack of the original, which shows the line.
export class UserCodeSyntaxError extends RuntimeError {
  constructor(error) {
    super('UserCodeSyntaxError', String(error));
    this.stack = error.stack;
  }
}

export class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason) {
    super('UnhandledPromiseRejection', String(reason));
    this.reason = reason;
  }
}

function stackLines(error) {
  return error.stack.split('\n').filter((line) => line.startsWith('    at '));
}

// Text and bytes that are no header value, as AWS has them: DEL stands for nothing in HTTP.
const printable = (text) => String(text).replaceAll('\x7F', '%7F');

export function errorObject(error) {
  try {
    if (isError(error)) {
      return {
        errorType: printable(error.name),
        errorMessage: printable(error.message),
        trace: printable(error.stack ?? '').split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, ' +
        'name, and stack',
      trace: [],
    };
  }
}

// Errors of other realms (`vm`, workers) are no instances of our Error.
function isError(value) {
  return value instanceof Error || (value?.stack && typeof value.name === 'string' && 'message' in value);
}
