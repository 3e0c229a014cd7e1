/** Reads a property of an object whose shape nobody promised. */
export function read(from: unknown, name: string): unknown {
  return typeof from === "object" && from !== null ? Reflect.get(from, name) : undefined;
}

/** A property that holds at least so many bytes, else undefined. */
export function readBytes(from: unknown, name: string, atLeast: number): Buffer | undefined {
  const value = read(from, name);
  return Buffer.isBuffer(value) && value.length >= atLeast ? value : undefined;
}
