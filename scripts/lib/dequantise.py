# SPDX-License-Identifier: Apache-2.0
"""Writes a GGUF model's quantised weights as F16, everything else unchanged.

The published Q4_1 file answers wrongly on our engine; the same weights in F16
answer properly. Usage: dequantise.py SOURCE.gguf DESTINATION.gguf
"""

import sys

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize

MOSTLY_F16 = 1  # general.file_type
WRITER_OWNS = ("general.architecture", "GGUF.version", "GGUF.tensor_count", "GGUF.kv_count")

source, destination = sys.argv[1:]
reader = GGUFReader(source)
writer = GGUFWriter(destination, reader.fields["general.architecture"].contents())

for name, field in reader.fields.items():
    if name in WRITER_OWNS:
        continue
    value = MOSTLY_F16 if name == "general.file_type" else field.contents()
    item_type = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
    writer.add_key_value(name, value, field.types[0], item_type)

for tensor in reader.tensors:
    if tensor.tensor_type in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
        writer.add_tensor(tensor.name, tensor.data)
    else:
        weights = dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, weights.astype(np.float16))

writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
