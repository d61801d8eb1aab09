/**
 * Pseudo-random numbers, the same on every run for the same name: sfc32, seeded by a hash of the name. For simulations
 * only: the next number can be guessed.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: string) {
    this.#a = hash(`${name}/a`);
    this.#b = hash(`${name}/b`);
    this.#c = hash(`${name}/c`);
    // Seeds that differ in a few bits need some rounds to diverge.
    for (let round = 0; round < 16; round += 1) this.uniform();
  }

  /** Uniform in [0, 1), 32 bits. */
  uniform(): number {
    const next = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + next) | 0;
    return (next >>> 0) / 2 ** 32;
  }

  /** Normal with mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Student's t, scaled to standard deviation 1. Fewer degrees of freedom, whole and above 2, make fatter tails. */
  studentT(degrees: number): number {
    let squares = 0;
    for (let degree = 0; degree < degrees; degree += 1) squares += this.normal() ** 2;
    return this.normal() * Math.sqrt((degrees - 2) / squares);
  }
}

/** 32 bits of a text (FNV-1a). */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (const character of text) bits = Math.imul(bits ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return bits;
}
