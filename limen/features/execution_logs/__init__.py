"""Execution logs of REST APIs: the lines that API Gateway writes about each step of a request.

lines: a trace as lines, which test invocations show too. record: what runs after an exchange.
"""
