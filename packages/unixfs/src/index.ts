/**
 * UnixFS, DAGs and CAR over any {@link BlockSource}: what every content store and gateway of IPFS Kit
 * shares. All of it is pulled by its consumer, verified, and bounded against hostile DAGs.
 *
 * @module
 */
export { assertComplete } from "./assert-complete.ts";
export { discardingSink, type BlockSink } from "./block-sink.ts";
export { importCar, type CarContents } from "./car/import-car.ts";
export { readCar, type CarReader } from "./car/read-car.ts";
export { writeCar } from "./car/write-car.ts";
export type { NamedLink } from "./dag-pb-node.ts";
export { MAX_BLOCK_BYTES, MAX_BLOCKS_PER_READ, MAX_DEPTH, MAX_LINKS } from "./defaults.ts";
export { findEntry, listDirectory, type DirectoryEntry, type FoundEntry } from "./directory.ts";
export { importFile, type ImportedFile, type ImportFileOptions } from "./import-file.ts";
export { importParameters, type ImportParameters } from "./import-settings.ts";
export { importTree } from "./import-tree.ts";
export { linksOf } from "./links-of.ts";
export {
  decodeNode,
  type DirectoryNode,
  type FileNode,
  type SymlinkNode,
  type UnixfsNode,
} from "./node.ts";
export { pull } from "./pull.ts";
export { readFile, type FileReaderOptions } from "./read-file.ts";
export { resolvePath, type ResolvedPath } from "./resolve-path.ts";
export { statNode } from "./stat-node.ts";
export { walkDag, type WalkOptions } from "./walk-dag.ts";
export type { DagScope, EntityBytes } from "./walk-scope.ts";
