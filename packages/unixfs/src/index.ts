/**
 * UnixFS, DAGs and CAR over any {@link BlockSource}: what every content store and gateway of IPFS Kit
 * shares. All of it is pulled by its consumer, verified, and bounded against hostile DAGs.
 *
 * @module
 */
export { assertComplete } from "./assert-complete.ts";
export { readCar, type CarReader } from "./car/read-car.ts";
export { writeCar } from "./car/write-car.ts";
export { MAX_BLOCK_BYTES } from "./defaults.ts";
export { findEntry, listDirectory, type DirectoryEntry } from "./directory.ts";
export {
  importFile,
  type BlockSink,
  type ImportedFile,
  type ImportFileOptions,
} from "./import-file.ts";
export { importTree } from "./import-tree.ts";
export { decodeNode, linksOf, type DirectoryNode, type FileNode } from "./node.ts";
export { pull } from "./pull.ts";
export { readFile, type FileReaderOptions } from "./read-file.ts";
export { resolvePath, type ResolvedPath } from "./resolve-path.ts";
export { statNode } from "./stat-node.ts";
export { walkDag, type DagScope, type WalkOptions } from "./walk-dag.ts";
