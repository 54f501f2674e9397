"""Documents that pass between the operator and the analyzer, versioned apart from the kinds."""
