"""The programs that call handlers: one for Python, one for Node.

They run in the function's process, under the function's interpreter, and import nothing of Limen but each other and
nothing that is not in the standard library. What they say and how they fail is what AWS's own runtimes say, so that
logs, error objects and adapters of users fit without change.
"""
