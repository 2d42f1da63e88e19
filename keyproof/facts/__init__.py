"""Facts derive: pure functions from the snapshot and the declarations to what *is*."""
