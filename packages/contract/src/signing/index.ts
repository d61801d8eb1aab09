export { SignatureError } from "./signature-error.js";
export { signingKeyOf, verificationKeyOf, type SigningKey, type VerificationKey } from "./keys.js";
export { readSigningKeyFile, readVerificationKeyFile } from "./key-files.js";
export { openEnvelope, signEnvelope, type DsseEnvelope, type DsseSignature, type OpenedEnvelope } from "./dsse.js";
export { BUNDLE_MEDIA_TYPE, bundleOf, looksSigned, readSignedFile, type SignedFile } from "./signed-file.js";
export {
  IN_TOTO_PAYLOAD_TYPE,
  readStatement,
  STATEMENT_TYPE,
  type Statement,
  type StatementSubject,
} from "./statement.js";
export { openModelSignature, readModelTrust, type ModelTrust, type SignedModel } from "./model-signature.js";
