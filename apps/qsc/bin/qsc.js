#!/usr/bin/env node
import { keepCompiledCode } from "./compile-cache.js";

// A bundle that was not written whole, as on a full disk, may say nothing and end: that is no pass.
process.exitCode = 2;
keepCompiledCode(process.argv[2]);
// Made by bundle.js: there may be none yet when this file is checked.
/** @type {{ isVersion?: boolean }} */
const { isVersion } = await import(new URL("../bundle/main.js", import.meta.url).href);
if (isVersion === true) process.exitCode = 0;
