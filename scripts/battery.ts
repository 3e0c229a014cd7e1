import { spawnSync } from "node:child_process";

/**
 * The long runs behind the short seeded slices of `test`: what each variable makes longer, and how
 * long. A seed other than the default makes it another run: `CONTENT_EMBEDDED_SEED=7 pnpm battery`.
 */
const LONG_RUNS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "packages/content-embedded": {
    /** kill -9 during adds, and during adds with unpins, collections and compactions. */
    CONTENT_EMBEDDED_CRASH_CYCLES: 100,
    /** Copies of a disk at the moment of an acknowledgement; needs root and loop mounts. */
    CONTENT_EMBEDDED_POWER_CUTS: 30,
    /** Blocks flipped, cut, zeroed and deleted, of each kind. */
    CONTENT_EMBEDDED_ROT_BLOCKS: 50,
    CONTENT_EMBEDDED_DAMAGE_ROUNDS: 300,
    CONTENT_EMBEDDED_REBUILD_CYCLES: 20,
    CONTENT_EMBEDDED_STORM_STEPS: 1500,
    CONTENT_EMBEDDED_PINS: 1_000_000,
    /** One file of so many MiB, in flat memory. */
    CONTENT_EMBEDDED_LARGE_MIB: 2048,
  },
  "packages/content-kubo": {
    /** Reads from a daemon that lies. */
    KUBO_LIES: 10_000,
    /** Kills and freezes of a real daemon in the middle of a read. */
    KUBO_OUTAGES: 25,
    KUBO_PINS: 1_000_000,
  },
  "packages/unixfs": {
    /** Trees named as Kubo names them, for each profile. */
    UNIXFS_KUBO_TREES: 1000,
    UNIXFS_CAR_MUTATIONS: 10_000,
    UNIXFS_DATA_ROUNDS: 10_000,
  },
  "apps/mcp-server/test/metadata-store": { IPFS_KIT_METADATA_ROWS: 1_000_000 },
  /** MiB of a stream up, and down in two ways, in flat memory. */
  "apps/mcp-server/test/streams-memory": { IPFS_KIT_STREAM_MIB: 4096 },
  /** Requests Schemathesis makes up for each operation: some 23 000 in all. */
  "apps/mcp-server/test/api-fuzz": { API_FUZZ_EXAMPLES: 600 },
};

let failed = false;
for (const [tests, settings] of Object.entries(LONG_RUNS)) {
  const values = Object.entries(settings).map(([name, value]) => [name, String(value)]);
  const env = { ...Object.fromEntries(values), ...process.env };
  // One after the other: each may take the whole machine.
  const { status } = spawnSync("vitest", ["run", tests], { stdio: "inherit", env });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
