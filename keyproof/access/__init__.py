"""Effective access: what IAM lets a principal do, by which statement, and on which condition."""
