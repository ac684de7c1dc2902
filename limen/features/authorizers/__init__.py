"""May this request pass? One module for each kind of authorization, all compiled by `compile.py`.

An **authorizer** finds out who calls and whether they may: it sets the exchange's **caller**, or ends the exchange with
a failure. What it needs beside its documents is in the **tools** that a worker owns: caches, keys, a way to functions.
What cannot be checked never passes.
"""
