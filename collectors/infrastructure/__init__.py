"""What infrastructure code declares about secrets, and what checkov says of it."""
