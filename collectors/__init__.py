"""Collectors see: they read and write down what is there, and what could not be seen."""
