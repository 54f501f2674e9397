"""Builders: from kinds, plan and settings to the objects that are made, one module for each; all pure."""
