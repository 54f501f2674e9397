"""Traffic capture for Model Monitor: the Envoy configuration and the shipper."""
