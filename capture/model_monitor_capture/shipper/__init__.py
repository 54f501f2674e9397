"""The shipper: it brings the gateway's records from its spool into the object store."""
