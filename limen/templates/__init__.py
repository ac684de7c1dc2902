"""Mapping templates: the Velocity Template Language of API Gateway, compiled to Python once and run many times.

template: text with references and directives in it. reference: `$name` and the steps after it, what a template reads.
directive: `#name`, what a template does. node: an element of a parsed template. scope: what a template can see, the
variables `$input`, `$util`, `$context` and `$stageVariables`. run: one rendering, with its budget of loops, time and
output. value: what a reference stands for: text, number, boolean, map, list, null; printed and compared as Java does.
method table: the methods of Java that a value has; there is no other way from a template to a value. trouble: an error
before it is known where in the template it happened.

A leaf: nothing here knows of gateways. Apache Velocity 1.7 decides the language, "Mapping template reference" of the
developer guide the variables.
"""
