import { choiceKind, listKind, numberKind, switchKind, textKind } from "./kinds.ts";
import { readFile, readFolder, readListenAddress, readUrlPath } from "./readers.ts";
import type { Setting } from "./setting.ts";

const folder = textKind({ read: readFolder, placeholder: "<folder>", completes: "folder" });
const seconds = numberKind(0.1, 3600, { decimals: true });

const MONITOR = "the WebRTC monitor";

/**
 * What will be there and is not yet. It is read and checked like everything else, so that whoever
 * names it learns that it has no effect, instead of believing it has one.
 */
export const LATER_SETTINGS: readonly Setting<unknown>[] = [
  later<readonly string[]>({
    name: "libp2p_listen",
    kind: listKind({ read: readListenAddress, placeholder: "<multiaddr>" }),
    section: "Listeners",
    help: "Address for other peers, e.g. /ip4/127.0.0.1/tcp/4001. May be repeated.",
    fallback: [],
    awaits: "libp2p",
  }),
  later<boolean>({
    name: "disable_metrics",
    kind: switchKind,
    section: "Monitoring",
    help: "Serve no metrics for Prometheus.",
    fallback: false,
    awaits: "metrics",
  }),
  later<string>({
    name: "metrics_path",
    kind: textKind({ read: readUrlPath, placeholder: "<path>" }),
    section: "Monitoring",
    help: "Where the metrics are.",
    fallback: "/metrics",
    awaits: "metrics",
  }),
  later<string>({
    name: "parquet_cache_path",
    kind: folder,
    section: "Content",
    help: "Folder for Parquet files with what is known of content.",
    defaultText: "a folder under --persistence-path",
    awaits: "the Parquet export",
  }),
  later<boolean>({
    name: "disable_webrtc_monitor",
    kind: switchKind,
    section: "Monitoring",
    help: "Keep no record of connections, operations and tasks.",
    fallback: false,
    awaits: MONITOR,
  }),
  later<number>({
    name: "webrtc_metrics_port",
    kind: numberKind(0, 65_535),
    section: "Monitoring",
    help: "Port of a listener with the WebRTC metrics alone, 0 to 65535; 0 is none.",
    fallback: 9090,
    awaits: MONITOR,
  }),
  later<boolean>({
    name: "disable_webrtc_metrics",
    kind: switchKind,
    section: "Monitoring",
    help: "Serve no WebRTC metrics.",
    fallback: false,
    awaits: MONITOR,
  }),
  later<boolean>({
    name: "disable_optimization",
    kind: switchKind,
    section: "Monitoring",
    help: "Leave buffers and prefetch as they are.",
    fallback: false,
    awaits: MONITOR,
  }),
  later<boolean>({
    name: "disable_auto_quality",
    kind: switchKind,
    section: "Monitoring",
    help: "Leave the quality as the viewer chose it.",
    fallback: false,
    awaits: MONITOR,
  }),
  later<number>({
    name: "poll_interval",
    kind: seconds,
    section: "Monitoring",
    help: "Seconds between two measurements, 0.1 to 3600.",
    fallback: 2,
    awaits: MONITOR,
  }),
  later<number>({
    name: "visualization_interval",
    kind: seconds,
    section: "Monitoring",
    help: "Seconds between two updates of the charts, 0.1 to 3600.",
    fallback: 30,
    awaits: MONITOR,
  }),
  later<string>({
    name: "report_path",
    kind: folder,
    section: "Monitoring",
    help: "Folder for reports.",
    defaultText: "a folder under --persistence-path",
    awaits: MONITOR,
  }),
  later<string>({
    name: "webrtc_config_path",
    kind: textKind({ read: readFile, placeholder: "<file>", completes: "file" }),
    section: "Monitoring",
    help: "Configuration file of the optimiser.",
    defaultText: "none",
    awaits: MONITOR,
  }),
  later<boolean>({
    name: "webrtc_test",
    kind: switchKind,
    section: "Running",
    help: "Add routes under /webrtc/test that open and close connections.",
    fallback: false,
    awaits: MONITOR,
  }),
  later<boolean>({
    name: "test_client",
    kind: switchKind,
    section: "Running",
    help: "Run a client beside the server that makes, changes and closes connections.",
    fallback: false,
    awaits: "the test client",
  }),
  later<"node" | "bun" | "deno">({
    name: "backend",
    kind: choiceKind("<runtime>", ["node", "bun", "deno"]),
    section: "Running",
    help: "Runtime to serve with: node, bun or deno.",
    fallback: "node",
    awaits: "the choice of a runtime",
  }),
];

function later<T>(setting: Setting<T> & { awaits: string }): Setting<T> {
  return setting;
}
