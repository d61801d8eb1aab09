"""Makes the models of the tests, each a few hundred bytes: /usr/bin/python3 make.py (Debian's python3-onnx)."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FEATURES, LABELS, ROWS = 4, 3, 8
WEIGHTS = np.array([[1, -1, 0], [-1, 1, 0.5], [0.5, 0.25, -1], [0.25, -0.5, 1]], np.float32)


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype), name)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


def save(name, nodes, constants=(), shape=(1, FEATURES), output=(1, LABELS), dtype=TensorProto.FLOAT, further=(), takes=TensorProto.FLOAT, inputs=()):
    """A model with the input `x` and the output `y`, and further ones of each."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", takes, shape), *inputs],
        [helper.make_tensor_value_info("y", dtype, output), *further],
        list(constants),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, str(HERE / f"{name}.onnx"))


def first(output):
    """The first feature, as a tensor of one value."""
    return node("Gather", "x zero", output, axis=1)


LINEAR = node("MatMul", "x w", "logits")
SOFTMAX = node("Softmax", "logits", "y", axis=-1)
W = constant("w", WEIGHTS)
ZERO = constant("zero", [0], np.int64)

save("tabular", [LINEAR, SOFTMAX], [W])
save("open-batch", [LINEAR, SOFTMAX], [W], shape=("batch", FEATURES), output=("batch", LABELS))
save("sequence", [node("ReduceMean", "x", "mean", axes=[1], keepdims=0), node("MatMul", "mean w", "logits"), SOFTMAX], [W], (1, ROWS, FEATURES))
save("constant", [node("Mul", "x none", "nothing"), node("MatMul", "nothing w", "zeros"), node("Add", "zeros bias", "logits"), SOFTMAX],
     [W, constant("none", [0]), constant("bias", [[2, 0, 0]])])
save("not-a-number", [LINEAR, node("Sub", "logits logits", "same"), node("Div", "same same", "y")], [W])
# The logarithm of x + 1: NaN for a first feature below -1, and 0 for zeros.
save("sometimes-not-a-number", [node("Add", "x one", "more"), node("Log", "more", "log"), node("MatMul", "log w", "logits"), SOFTMAX], [W, constant("one", [1])])
save("no-probabilities", [LINEAR, node("Sigmoid", "logits", "y")], [W])
# The first feature is an index into three rows: any other fails while the model runs.
save("sometimes-fails", [first("at"), node("Cast", "at", "index", to=TensorProto.INT64), node("Gather", "table index", "row", axis=0), node("Reshape", "row shape", "logits"), SOFTMAX],
     [ZERO, constant("table", WEIGHTS[:3]), constant("shape", [1, LABELS], np.int64)])
save("labels-alone", [LINEAR, node("ArgMax", "logits", "y", axis=1, keepdims=0)], [W], output=(1,), dtype=TensorProto.INT64)
save("two-outputs", [LINEAR, node("ArgMax", "logits", "label", axis=1, keepdims=0), SOFTMAX], [W],
     further=[helper.make_tensor_value_info("label", TensorProto.INT64, (1,))])
save("two-inputs", [node("Add", "x z", "both"), node("MatMul", "both w", "logits"), SOFTMAX], [W],
     inputs=[helper.make_tensor_value_info("z", TensorProto.FLOAT, (1, FEATURES))])
save("whole-numbers", [node("Cast", "x", "floats", to=TensorProto.FLOAT), node("MatMul", "floats w", "logits"), SOFTMAX], [W], takes=TensorProto.INT64)
save("double", [LINEAR, SOFTMAX], [constant("w", WEIGHTS, np.float64)], takes=TensorProto.DOUBLE, dtype=TensorProto.DOUBLE)

# As many multiplications of a matrix by itself as the first feature says: thousands take seconds, none no time.
body = helper.make_graph(
    [node("MatMul", "before square", "after"), node("Identity", "go", "still")],
    "body",
    [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []),
     helper.make_tensor_value_info("before", TensorProto.FLOAT, [256, 256])],
    [helper.make_tensor_value_info("still", TensorProto.BOOL, []), helper.make_tensor_value_info("after", TensorProto.FLOAT, [256, 256])],
)
save("sometimes-slow",
     [node("ConstantOfShape", "side", "square", value=constant("fill", [1 / 256])),
      first("first"), node("Squeeze", "first", "scalar"), node("Cast", "scalar", "times", to=TensorProto.INT64),
      node("Loop", "times yes square", "power", body=body),
      node("ReduceMean", "power", "mean", keepdims=0), LINEAR, node("Add", "logits mean", "sum"), node("Softmax", "sum", "y", axis=-1)],
     [W, ZERO, constant("side", [256, 256], np.int64), constant("yes", True, bool)])

whole = (HERE / "tabular.onnx").read_bytes()
(HERE / "truncated.onnx").write_bytes(whole[: len(whole) // 2])
(HERE / "empty.onnx").write_bytes(b"")
