"""What comes in: bytes to frames, folders to tables of samples, masks to run lengths and back."""
