"""From what is stored to what runs.

snapshot: what a worker is told. freeze: reads it from the store, in the control process. http: a route as a list of
steps. stage: all routes of a stage, compiled again where they changed. follow: puts changes in place between requests.
settings: what all routes of a stage share. state: what outlives plans. channel: the words of both processes.
"""
