"""Policies in IAM's language, compiled once and asked often.

A **policy** is a list of **statements**, each of one **effect**. What somebody **asked** for (an **asker**, an action,
a resource, and a **context**: values of condition keys) is decided in one of three ways: a statement denies it, else
one allows it, else neither. A statement **applies** where each of its elements matches. What is not **understood**
never lets anything through: in a statement that allows it does not match, in one that denies it does.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""
