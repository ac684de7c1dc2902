"""CloudWatch Logs' API over the logs that Limen writes: those of functions, and access and execution logs of APIs.

A **log group** is a document where somebody made it or gave it a retention or tags; one that only functions or
gateways write to is its files alone. A **log stream** is what one execution environment wrote, an **event** one message
of it. A **pattern** says which events are shown. The files are those of `limen.functions.log_files`; of the text files
that gateways write each is a group with one stream (`text_logs`), which can be read only.
"""
