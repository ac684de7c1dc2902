"""Operations of the API Gateway Version 2 API: HTTP APIs and what stands around them, one noun a file.

**put_x**: validates members as CreateX does, fills in AWS's defaults and stores; importers use it too.
**managed**: made by quick create; AWS lets its owner change it through the API only.
An operation that changes what an API serves ends with `auto_deploy.deploy_changes`.
"""
