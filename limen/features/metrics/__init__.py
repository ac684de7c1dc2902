"""What is counted of each API, stage and route, as CloudWatch counts it: Count, 4xx, 5xx and two latencies.

series: the figures of one route while a worker counts. row: the same as they travel. totals: what the control process
adds up and writes for Prometheus.
"""
