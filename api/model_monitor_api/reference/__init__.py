"""Reference pages and examples of every field, written from the models."""
