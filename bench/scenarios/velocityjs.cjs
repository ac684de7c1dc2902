// Renders templates with velocityjs for bench/scenarios/templates.py: a line of JSON in, a line of JSON out.
// {"template", "body", "variables", "renders"} answers {"output", "us"}: the text, and microseconds for one render.

const { Compile, parse } = require(process.argv[2]);
const lines = require("node:readline").createInterface({ input: process.stdin });
const parsed = new Map();

const ESCAPED = /[^ !#-&(-.0-\[\]-\x7f]/g;

function escapeJavaScript(text) {
  return String(text).replace(ESCAPED, (character) => {
    const code = character.charCodeAt(0);
    return code > 127 ? "\\u" + code.toString(16).toUpperCase().padStart(4, "0") : "\\" + character;
  });
}

function variables(body, given) {
  return {
    input: {
      path: () => JSON.parse(body),
      json: () => JSON.stringify(JSON.parse(body)),
      params: () => given.params,
    },
    util: { escapeJavaScript },
    context: given.context,
    stageVariables: given.stageVariables,
  };
}

lines.on("line", (line) => {
  const { template, body, variables: given, renders } = JSON.parse(line);
  if (!parsed.has(template)) parsed.set(template, parse(template));
  const tree = parsed.get(template);
  const began = process.hrtime.bigint();
  let output = "";
  for (let count = 0; count < renders; count += 1) output = new Compile(tree).render(variables(body, given));
  const us = Number(process.hrtime.bigint() - began) / 1000 / renders;
  process.stdout.write(JSON.stringify({ output, us }) + "\n");
});
