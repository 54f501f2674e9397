"""Rules between fields: once as CEL for the CRDs, once as Python for `validate`, with one message."""
