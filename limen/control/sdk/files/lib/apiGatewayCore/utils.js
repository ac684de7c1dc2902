// Small things that the other files share.
(function (root) {
  'use strict';

  const core = ((root.apiGateway = root.apiGateway || {}).core = root.apiGateway.core || {});

  // As RFC 3986 has it, which escapes more than encodeURIComponent.
  function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, (each) => '%' + each.charCodeAt(0).toString(16).toUpperCase());
  }

  function assertGiven(values, names) {
    for (const name of names) {
      if (values[name] === undefined || values[name] === null) {
        throw new Error(name + ' must be defined');
      }
    }
  }

  function pick(values, names) {
    const found = {};
    for (const name of names) {
      if (values[name] !== undefined && values[name] !== null) {
        found[name] = values[name];
      }
    }
    return found;
  }

  // '/pets/{petId}' and '/files/{path+}', whose value keeps its slashes.
  function expandPath(template, values) {
    return template.replace(/\{([^}+]+)(\+?)\}/g, (_, name, greedy) => {
      const text = String(values[name]);
      return greedy ? text.split('/').map(encode).join('/') : encode(text);
    });
  }

  // Sorted as a signature wants it; a list of values repeats its name.
  function renderQuery(values) {
    const pairs = [];
    for (const [name, value] of Object.entries(values)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        pairs.push([encode(name), encode(String(each))]);
      }
    }
    pairs.sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1));
    return pairs.map((pair) => pair.join('=')).join('&');
  }

  function findHeader(headers, name) {
    return Object.keys(headers).find((each) => each.toLowerCase() === name.toLowerCase());
  }

  core.utils = { encode, assertGiven, pick, expandPath, renderQuery, findHeader };
})(globalThis);
