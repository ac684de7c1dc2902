"""Lambda functions behind HTTP APIs: a request goes out as an event, what the function returns comes back.

event: the payload of an invocation, in payload format version 1.0 or 2.0. answer: what a function returned, read as a
response of the same version. Everything is decided by the version: names of headers, cookies, what a missing status
means.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""
