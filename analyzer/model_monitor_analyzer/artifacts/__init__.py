"""What a run leaves in its output: files one by one, then a manifest that makes them count."""
