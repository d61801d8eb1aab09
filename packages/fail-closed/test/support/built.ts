// The package as it is built: a session's thread runs a file, and only there is one that Node can run.
export * from "../../dist/index.js";
export * from "../../dist/onnx/index.js";
