/**
 * A whole content repository in memory, for the tests of what is built on one. It is apart from
 * `@ipfs-kit/testing` because UnixFS, on which it stands, is itself tested with that.
 *
 * @example
 * import { createMemoryRepository } from "@ipfs-kit/content-memory";
 *
 * const store = createMemoryRepository();
 *
 * @module
 */
export { MemoryBlocks, type MemoryBlocksInit } from "./memory-blocks.ts";
export { createMemoryRepository, type MemoryRepository } from "./memory-repository.ts";
