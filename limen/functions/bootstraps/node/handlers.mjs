// Finding a handler by its name, `module.handler` or `folder/module.nested.handler`, in CommonJS and ES modules.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  CallbackHandlerDeprecated,
  HandlerNotFound,
  ImportModuleError,
  MalformedHandlerName,
  UserCodeSyntaxError,
} from './errors.mjs';
import { isStreaming } from './streaming.mjs';

const SUFFIXES = ['', '.js', '.mjs', '.cjs'];

// Who asks for a module, as the message of one that is not there has it on AWS; where Limen lies is no caller's business.
const ASKER = '/var/runtime/index.mjs';

const NO_CALLBACKS =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to ' +
  'modify this function to use a supported handler signature to use Node.js 24 or later. For more information see ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

export async function findHandler(root, name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const [, moduleName, path] = basename(name).match(/^([^.]*)\.(.*)$/) ?? [];
  if (moduleName === undefined) {
    throw new MalformedHandlerName('Bad handler');
  }
  const folder = resolve(root, name.slice(0, name.length - basename(name).length));
  const module = await load(root, folder, moduleName);
  const handler = findIn(module, path) ?? findIn(module.default, path);
  if (!handler) {
    throw new HandlerNotFound(`${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new HandlerNotFound(`${name} is not a function`);
  }
  if (handler.length >= 3 && !isStreaming(handler) && hasNoCallbacks()) {
    throw new CallbackHandlerDeprecated(NO_CALLBACKS);
  }
  return handler;
}

// From the runtime that was asked for, not from the Node.js that stands in for it.
function hasNoCallbacks() {
  const [, major] = process.env.AWS_EXECUTION_ENV?.match(/^AWS_Lambda_nodejs(\d+)/) ?? [];
  return Number(major) >= 24;
}

async function load(root, folder, moduleName) {
  try {
    const path = join(folder, moduleName);
    for (const suffix of SUFFIXES) {
      if (existsSync(path + suffix) && statSync(path + suffix).isFile()) {
        return await import(pathToFileURL(path + suffix).href);
      }
    }
    const require = createRequire(ASKER);
    return require(require.resolve(moduleName, { paths: [root, folder] }));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UserCodeSyntaxError(error);
    }
    if (error?.code === 'MODULE_NOT_FOUND') {
      throw new ImportModuleError(String(error));
    }
    throw error;
  }
}

function findIn(module, path) {
  return path.split('.').reduce((value, name) => value?.[name], module);
}
