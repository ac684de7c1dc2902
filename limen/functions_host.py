"""The functions host: runs Lambda functions for the gateway workers and the control process."""
