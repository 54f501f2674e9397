"""The capture gateway's data plane: Envoy's configuration as a function of a DataCapture."""
