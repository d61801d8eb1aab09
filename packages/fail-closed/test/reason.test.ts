import { describe, expect, test } from "vitest";
import { fromThrown, toThrown } from "../src/onnx/messages.js";

const said = (message: string) => fromThrown(toThrown(new Error(message))).message;

/** What onnxruntime-node 1.30 said. */
const RESHAPE =
  "Non-zero status code returned while running Reshape node. Name:'head/reshape' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:91 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{1,3}, requested shape:{2,4}";
const GRAPH =
  "/onnxruntime_src/onnxruntime/core/graph/graph.cc:1389 onnxruntime::Graph::Graph(const onnxruntime::Model&, onnx::GraphProto*, const std::unordered_map<std::__cxx11::basic_string<char>, int>&, onnxruntime::Version, onnxruntime::IOnnxRuntimeOpSchemaCollectionPtr, onnxruntime::Graph*, const onnxruntime::Node*, const onnxruntime::logging::Logger&, bool) !utils::HasExternalDataInMemory(tensor) was false. Initializer 'w' references an ORT in-memory address marker, which is not allowed in a model protobuf.";

describe("what onnxruntime says is wrong", () => {
  test.each([
    [
      RESHAPE,
      "Node Reshape 'head/reshape': The input tensor cannot be reshaped to the requested shape. Input shape:{1,3}, requested shape:{2,4}",
    ],
    [GRAPH, "Initializer 'w' references an ORT in-memory address marker, which is not allowed in a model protobuf."],
    [
      "Non-zero status code returned while running Gather node. Name:'' Status Message: indices element out of data bounds, idx=77 must be within the inclusive range [-4,3]",
      "Node Gather '': indices element out of data bounds, idx=77 must be within the inclusive range [-4,3]",
    ],
    [
      'This is an invalid model. In Node, ("top", Frobnicate, "", -1) : ("x": tensor(float),"a": tensor(float),) -> ("y": tensor(float),) , Error No Op registered for Frobnicate with domain_version of 13',
      "This is an invalid model. Node Frobnicate 'top': No Op registered for Frobnicate with domain_version of 13",
    ],
    [
      "External data path validation failed for initializer: w. Error: tensorprotoutils.cc:434 ValidateExternalDataPathFromDir Absolute path not allowed for external data location",
      "External data path validation failed for initializer: w. Error: Absolute path not allowed for external data location",
    ],
    [
      "inference_session.cc:2126 LoadOrtModelWithLoader Serialized version info is null. Invalid ORT format model.",
      "Serialized version info is null. Invalid ORT format model.",
    ],
    [
      "/onnxruntime_src/a/b.cc:12 onnxruntime::common::Status onnxruntime::X<T>::Compute(onnxruntime::OpKernelContext*) const [with T = float] Only supports 1-D (or 2-D) tensors",
      "Only supports 1-D (or 2-D) tensors",
    ],
    [
      "/onnxruntime_src/a/b.cc:12 onnxruntime::Y::<lambda(int)>::operator()(int) const n >= 0 was false. Negative",
      "Negative",
    ],
    ["/onnxruntime_src/a/b.cc:12 onnxruntime::Y::Z(int) n >= 0 was false.", "n >= 0 was false."],
    ["Failed to load model because protobuf parsing failed.", "Failed to load model because protobuf parsing failed."],
    ["", ""],
  ])("%s", (message, reason) => {
    expect(said(message)).toBe(reason);
  });
});
