"""Data as it lies in object stores, decoded into blocks of columns."""
