"""Operations of the API Gateway API, first version: REST APIs and what stands around them, one noun a file.

**put_x**: validates members as CreateX or PutX does, fills in AWS's defaults and stores; importers use it too.
**remove_x**: deletes, whatever refers to it.
**method document**: a method, its responses and its integration with its responses, one document as GetMethod answers.
An operation changes nothing of what a stage serves: that takes a deployment.
"""
