"""Kinds to CustomResourceDefinitions: pure functions from models to documents."""
