"""Shared state in a Valkey or Redis server, 6.2 or newer: many nodes, one truth.

A **call** is one command with the key that says which server of a cluster it goes to; a **wire** is one connection
while it lasts; a **connection** makes a wire anew whenever one is lost; **servers** know which connections there are.
What has to happen at once is a **script** (*.lua in this folder), run in the server by its own clock.
"""
