"""Request validation of REST APIs: what a method requires is there, and the body adheres to a model.

parameters: the required parameters of a method. models: from the documents of models to one that judges bodies.
explanations: why a body was refused, walked as API Gateway walks it. messages: in its words. step: what runs.
"""
