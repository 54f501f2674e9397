"""SageMaker Model Monitor's files as typed documents: read, checked, written."""
