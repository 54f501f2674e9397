"""The sink for CloudEvents: the events of payload loggers become the records that a gateway would write."""
