"""HDF5 and the models of Keras in it: arrays by path, attributes as plain values."""

from __future__ import annotations

from harness.compare.model_format import model_format

FORMAT = model_format("hdf5", (".h5", ".hdf5"))
