// From the arguments of a method function to a request.
(function (root) {
  'use strict';

  // The other files are looked up when a method is called: pages may load them in any order.
  const core = ((root.apiGateway = root.apiGateway || {}).core = root.apiGateway.core || {});

  const isPlain = (value) => Object.getPrototypeOf(Object(value)) === Object.prototype;

  // Data becomes JSON; text, bytes and forms go as they are; nothing and {} are no body.
  function renderBody(body) {
    if (body === undefined || body === null || body === '' || (isPlain(body) && Object.keys(body).length === 0)) {
      return undefined;
    }
    const isData = isPlain(body) || Array.isArray(body) || typeof body === 'number' || typeof body === 'boolean';
    return isData ? JSON.stringify(body) : body;
  }

  function setDefault(headers, name, value) {
    if (value !== undefined && value !== '' && core.utils.findHeader(headers, name) === undefined) {
      headers[name] = value;
    }
  }

  // `method`: one row of apigClient.js.
  async function call(config, method, params, body, additionalParams) {
    const { utils, sigV4Client, simpleHttpClient } = core;
    const given = params || {};
    const more = additionalParams || {};
    utils.assertGiven(given, method.required);
    const query = utils.renderQuery({ ...utils.pick(given, method.queryParameters), ...more.queryParams });
    const headers = { ...utils.pick(given, method.headers), ...more.headers };
    const rendered = renderBody(body);
    setDefault(headers, 'Accept', config.defaultAcceptType);
    setDefault(headers, 'x-api-key', config.apiKey);
    if (rendered !== undefined) {
      setDefault(headers, 'Content-Type', config.defaultContentType);
    }
    const request = {
      verb: method.verb,
      url: config.invokeUrl + utils.expandPath(method.path, given) + (query ? '?' + query : ''),
      headers,
      body: rendered,
    };
    const bringsOwn = method.authorization !== 'AWS_IAM' && utils.findHeader(headers, 'Authorization') !== undefined;
    const isSigned = config.accessKey && config.secretKey && !bringsOwn;
    return simpleHttpClient.send(isSigned ? await sigV4Client.sign(request, config) : request);
  }

  core.apiGatewayClient = { call };
})(globalThis);
