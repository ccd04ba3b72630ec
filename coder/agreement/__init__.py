"""Agreement coefficients and their intervals. Pure: arrays in, results out."""
