"""Kinds, conditions and operator-to-analyzer documents of Model Monitor: the language its parts share."""
