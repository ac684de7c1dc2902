// Counts the visits that this execution environment has seen: what lies outside of the handler lives on between them.

let visits = 0;

export const handler = async (event, context) => {
  visits += 1;
  console.log('visit', visits);
  const who = event.queryStringParameters?.who ?? 'somebody';
  // An HTTP API takes any object that is not a response as the body of a 200; a REST API wants a response.
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ who, visits, node: process.version, function: context.functionName }),
  };
};
