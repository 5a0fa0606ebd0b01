/** A vector as the text of an answer: little-endian 32-bit floats in base64, as providers send them. */
export function vectorToText(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  for (const [index, value] of vector.entries())
    bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  return bytes.toString("base64");
}

export function textToVector(text: string): number[] {
  const bytes = Buffer.from(text, "base64");
  return Array.from({ length: Math.floor(bytes.length / Float32Array.BYTES_PER_ELEMENT) }, (_, index) =>
    bytes.readFloatLE(index * Float32Array.BYTES_PER_ELEMENT),
  );
}

/** null for vectors of different or no length, and for one of zeros: none has an angle. */
export function cosine(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) return null;
  let [product, squaresOfA, squaresOfB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    product += a[index]! * b[index]!;
    squaresOfA += a[index]! ** 2;
    squaresOfB += b[index]! ** 2;
  }
  const lengths = Math.sqrt(squaresOfA) * Math.sqrt(squaresOfB);
  return lengths > 0 ? product / lengths : null;
}
