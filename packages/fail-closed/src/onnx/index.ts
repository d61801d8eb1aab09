export { onnxRuntime, type OnnxOptions, type OnnxRuntime } from "./runtime.js";
