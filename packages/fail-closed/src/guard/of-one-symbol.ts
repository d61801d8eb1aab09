import { ModelError } from "../errors.js";

/** A fault in the answers for one symbol: does not affect the model's state while another symbol is served. */
export class OfOneSymbol extends ModelError {}
