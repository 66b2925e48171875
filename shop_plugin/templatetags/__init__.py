"""What a host's templates may call."""
