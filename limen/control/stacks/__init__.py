"""Stacks: templates of SAM and CloudFormation, and the resources that they describe.

template: what a file says: parameters, mappings, conditions, resources and outputs. intrinsic: a function in a
template, such as Ref. logical id: the name of a resource in its template; physical id: what it is called once it is
there. attribute: what Fn::GetAtt reads of it. kind: a type of resource with its properties. stack: a template that was
deployed, under a name, with what became of each resource.
"""
