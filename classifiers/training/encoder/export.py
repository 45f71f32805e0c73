"""The fitted network as an ONNX file with int8 weights (dynamic quantisation, one scale for each output column)."""

import contextlib
import io
import logging
import tempfile
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from classifiers.training.encoder.network import Network

_OPSET = 17


def export(network: Network, path: Path) -> None:
    """Write the network.

    Weights have 7 bits: on processors without VNNI the 8-bit kernels saturate, and the same file must give the same
    answers everywhere.
    """
    network.eval()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        _write(network, whole)
        logging.getLogger().setLevel(logging.ERROR)  # it recommends a preparation that dynamic shapes do not allow
        quantize_dynamic(
            whole,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["MatMul", "Gather"],
        )


def _write(network: Network, path: Path) -> None:
    shape = (2, min(40, network.place.num_embeddings))
    ids, mask = torch.randint(0, network.word.num_embeddings, shape), torch.ones(shape, dtype=torch.long)
    axes = {"ids": {0: "n", 1: "length"}, "mask": {0: "n", 1: "length"}, "parts": {0: "n", 1: "length"}}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # the older exporter is the one that needs no further package
        torch.onnx.export(
            network,
            (ids, mask),
            str(path),
            input_names=["ids", "mask"],
            output_names=["parts"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
