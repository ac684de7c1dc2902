"""Cognito's API for user pools: one module for each noun, all listed in `operations.py`.

A **pool** is where users are, a **client** an app that they sign in to, a **user** somebody with a name that never
changes, an **alias** what else a user is found by, a **session** what a sign-in began and a refresh token continues.
An operation that has to hash a password answers `Aside`: the work is done outside of the store's thread.
"""
