"""What AWS tells about secrets, their keys, their readers and their alerts: metadata only."""
