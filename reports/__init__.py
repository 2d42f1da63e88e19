"""Reports tell: prose, markup, the bundle, its signature and its verification."""
