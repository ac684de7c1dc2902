"""What is measured: one file each, a function that answers rows. The list is in `bench.__main__`."""
