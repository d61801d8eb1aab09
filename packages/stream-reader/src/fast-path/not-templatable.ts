/** Thrown for an entry that no template can be made from. It is read in full, like any other. */
export class NotTemplatable extends Error {}
