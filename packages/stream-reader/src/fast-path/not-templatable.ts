/** An entry of which no template is made: it is read as every entry was. */
export class NotTemplatable extends Error {}
