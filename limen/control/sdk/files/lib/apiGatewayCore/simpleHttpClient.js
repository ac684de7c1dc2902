// Sends one request with fetch.
(function (root) {
  'use strict';

  const core = ((root.apiGateway = root.apiGateway || {}).core = root.apiGateway.core || {});

  // What is JSON becomes a value, whatever its type is said to be; the rest stays text.
  function parse(text) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  async function send(request) {
    const response = await fetch(request.url, {
      method: request.verb,
      headers: request.headers,
      body: request.body,
    });
    const result = {
      status: response.status,
      statusText: response.statusText,
      headers: Object.fromEntries(response.headers),
      data: parse(await response.text()),
    };
    if (!response.ok) {
      throw Object.assign(new Error('Request failed with status code ' + response.status), result, { response: result });
    }
    return result;
  }

  core.simpleHttpClient = { send };
})(globalThis);
