/** The names that telemetry takes: a letter or digit, and at most 127 harmless characters more. */
export const MODEL_NAME: RegExp = /^[\p{L}\p{N}][\p{L}\p{N}._:/@+-]{0,127}$/u;
