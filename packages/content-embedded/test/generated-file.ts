/** A file that its name alone brings back: `<seed>-<size>`. */
export function generatedFile(name: string): Uint8Array {
  const [seed = 0, size = 0] = name.split("-").map(Number);
  const bytes = new Uint8Array(size);
  let state = seed + 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}
