"""Fitting and measuring the spam weights, run by hand."""
