"""What can be concluded from codes that a model gave and people checked in part. Pure: arrays in, results out."""
