"""The control plane: operations on nouns that have no life at request time, and what is told to whom when they change.

operation: a function named after an AWS operation. call: one use of it. document: a stored noun as AWS shapes it.
publish: tell the workers what is served now. coverage: what of an input is enforced, stored or refused.
"""
