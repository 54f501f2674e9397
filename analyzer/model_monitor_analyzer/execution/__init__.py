"""Running one function over many partitions: in threads, in processes or on a Dask cluster."""
