"""Bodies of requests and responses as rows of columns: CSV, JSON, tensors, by themselves or by the block.

A cell is text in lexical form or missing: a JSON number keeps the digits it was written with, so that a body
gives what the same row gives in a CSV file. Tensors without a text form are written with the fewest digits
that read back to the same value.
"""
