"""One door to objects on disks and in object stores."""
