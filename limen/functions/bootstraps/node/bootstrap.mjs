// Limen's Node.js runtime: Node 18 and newer, without dependencies. Where the process starts: `node bootstrap.mjs`.

import { logError, patchConsole } from './console.mjs';
import { UnhandledPromiseRejection } from './errors.mjs';
import { findHandler } from './handlers.mjs';
import { Invocations } from './invocations.mjs';
import { RuntimeApi } from './runtime-api.mjs';
import { provideStreaming } from './streaming.mjs';

const api = new RuntimeApi(process.env);
const debugPort = process.env._LIMEN_DEBUG_PORT;
for (const name of ['_LIMEN_RUNTIME_SOCKET', '_LIMEN_DEBUG_PORT', '_LIMEN_OPT']) {
  delete process.env[name];
}
patchConsole(process.env);
provideStreaming();

const invocations = new Invocations(api);
process.on('uncaughtException', (error) => end('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  end('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason), 128);
});
process.on('beforeExit', () => invocations.finishAtRest());

async function end(title, error, status) {
  logError(title, error);
  await invocations.failWhateverRuns(error);
  process.exit(status);
}

if (debugPort) {
  const inspector = await import('node:inspector');
  process.stdout.write(`node waits for an editor at 127.0.0.1:${debugPort}\n`);
  inspector.waitForDebugger();
}
let handler;
try {
  handler = await findHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
} catch (error) {
  await end('Uncaught Exception', error, 129);
}
invocations.serve(handler);
