"""The audit log: a line for each call on the admin port, in the words of CloudTrail, in files of bounded size.

**event**: a line, a JSON object. **segment**: a file of lines; the oldest go when all together become too large.
What runs functions and what they log is not recorded, unless it was refused: CloudTrail calls that data events.
"""
