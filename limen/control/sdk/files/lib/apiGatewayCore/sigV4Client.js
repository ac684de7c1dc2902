// Signs requests with AWS Signature Version 4. It asks the platform for SHA-256: a page must come over HTTPS.
(function (root) {
  'use strict';

  const core = ((root.apiGateway = root.apiGateway || {}).core = root.apiGateway.core || {});
  const ALGORITHM = 'AWS4-HMAC-SHA256';

  const toBytes = (text) => new TextEncoder().encode(text);
  const toHex = (buffer) => Array.from(new Uint8Array(buffer), (each) => each.toString(16).padStart(2, '0')).join('');

  async function hash(body) {
    const bytes = typeof body === 'string' ? toBytes(body) : new Uint8Array(await new Response(body).arrayBuffer());
    return toHex(await crypto.subtle.digest('SHA-256', bytes));
  }

  async function hmac(key, text) {
    const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return crypto.subtle.sign('HMAC', imported, toBytes(text));
  }

  async function signingKey(secretKey, scope) {
    let key = toBytes('AWS4' + secretKey);
    for (const part of scope) {
      key = await hmac(key, part);
    }
    return key;
  }

  // A copy of the request with the headers of the signature.
  async function sign(request, config) {
    const url = new URL(request.url);
    const time = new Date(Date.now() + config.systemClockOffset).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const own = { 'x-amz-date': time };
    if (config.sessionToken) {
      own['x-amz-security-token'] = config.sessionToken;
    }
    const signed = Object.entries({ host: url.host, ...own });
    const names = signed.map(([name]) => name).join(';');
    const canonical = [
      request.verb,
      url.pathname.split('/').map(core.utils.encode).join('/'),
      url.search.slice(1),
      ...signed.map(([name, value]) => name + ':' + value),
      '',
      names,
      await hash(request.body === undefined ? '' : request.body),
    ].join('\n');
    const scope = [time.slice(0, 8), config.region, 'execute-api', 'aws4_request'];
    const text = [ALGORITHM, time, scope.join('/'), await hash(canonical)].join('\n');
    const signature = toHex(await hmac(await signingKey(config.secretKey, scope), text));
    const credential = config.accessKey + '/' + scope.join('/');
    const Authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...request, headers: { ...request.headers, ...own, Authorization } };
  }

  core.sigV4Client = { sign };
})(globalThis);
