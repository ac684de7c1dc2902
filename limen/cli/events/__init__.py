"""Sample events: what AWS hands to a function, in AWS's shapes, with values of our own.

A **kind** is a source of events, such as `http-api` or `sqs`; `kinds` is the table of all. What a person chose (path,
method, headers, body ...) is a **choice**.
"""
