import { ModelError } from "../errors.js";

/** A fault of a model's answers for one symbol: says nothing of the model as long as another symbol is served. */
export class OfOneSymbol extends ModelError {}
