"""Several nodes as one server: they share a store on PostgreSQL, and what one of them commits all of them serve.

**node**: one `limen serve`; **role**: what it does: control (the AWS APIs), gateway (serves), or all.
**snapshot**: what a node served last, on its disk: it serves that while the database is away.
**registration**: a row in the store by which the others know a node, written anew each second.
**cluster port**: where nodes ask each other, by mutual TLS under the authority of the cluster.
"""
